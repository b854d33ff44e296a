// What the kernels work on, and the table of them that each kind of processor fills. Every kernel
// computes an output by one fixed order of operations: however many rows come with it, whoever
// computes it, on whatever processor, it has the same bits.
#pragma once
#include <cstddef>
#include <cstdint>

#include "cdecoder.h"

namespace whence::decoder {

/// Output rows that are computed together, one a lane.
constexpr size_t panelRows = 8;
/// Columns that share a scale.
constexpr size_t blockColumns = 32;
/// Positions of a page.
constexpr size_t pageTokens = CDECODER_PAGE_TOKENS;

/// How panels hold their weights. A panel is eight rows: block after block of 32 columns, of each the
/// rows' scales, their offsets, then their integers. Nibbles come eight columns of a row in a word,
/// row by row; bytes column by column. A weight is scale · integer + offset.
enum class Packing : uint8_t {
  nibbles,             // 0 ... 15 less 8, half scale
  nibblesOffset,       // 0 ... 15, half scale and offset
  nibblesWideOffset,   // 0 ... 15, float scale and offset
  bytes,               // −128 ... 127, half scale
  bytesOffset,         // half scale and offset
  bytesWideOffset,     // float scale and offset
  bytesHalves,         // a float scale for each 16 columns
  bytesHalvesOffset,   // a float scale and offset for each 16 columns
  halves,              // half precision, column by column
  floats,              // single precision, column by column
};

inline bool isBlocked(Packing packing) { return packing < Packing::halves; }

/// Weights as kernels read them.
struct Matrix {
  Packing packing;
  size_t rows = 0, columns = 0;
  size_t panelBytes = 0;
  const uint8_t* panels = nullptr;  // aligned to 64 bytes

  size_t panelCount() const { return (rows + panelRows - 1) / panelRows; }
};

/// A nibble that stays at its place in a word is this much too large; its activation is made smaller
/// by as much, which is exact. The last nibble of a word is shifted down.
constexpr float nibbleWeight(size_t column) {
  return column % 8 == 7 ? 1 : static_cast<float>(1u << column % 8 * 4);
}

/// Rows of activations as products read them.
struct Inputs {
  const float* values;   // [rows, columns]
  const float* lowered;  // [rows, columns], divided by ``nibbleWeight``
  const float* sums;     // [rows, columns / 16], of as many values each
  size_t columns;
};

/// Memory that is read after a product: products compute more than they read, so they fetch it on
/// the way, a few lines a block, and may fetch some more than a range has.
struct Coming {
  struct Range {
    const uint8_t *at, *end;
  };
  const uint8_t *at = nullptr, *end = nullptr;    // of the range under way
  unsigned linesPerBlock = 0;                     // none after the last range
  const Range *first = nullptr, *last = nullptr;  // the ranges after it

  void turn() {
    if (first == last) {
      linesPerBlock = 0;
    } else {
      at = first->at;
      end = first->end;
      first++;
    }
  }
};

/// Queries of one key head, and where its keys and values lie.
struct AttentionTask {
  const float* queries;  // [heads, width] of one row, consecutive
  float* out;            // likewise
  size_t heads, width;
  const uint8_t* pool;  // the pages
  const int32_t* pages;
  size_t pageBytes;
  size_t keyOffset, valueOffset;  // of this layer and head, in bytes of a page
  size_t visible;                 // positions seen, at least one
  bool isHalf;                    // keys and values are halves
  float scale;
  float* scores;  // room for four times visible, rounded up to whole pages
};

struct Kernels {
  const char* name;
  /// What products with blocked weights read of a row of whole blocks.
  void (*prepare)(const float* x, size_t count, float* lowered, float* sums);
  /// Outputs of some panels for all rows: out[row, panel · 8 ...].
  void (*multiply)(const Matrix& matrix, size_t firstPanel, size_t panelCount,
                   const Inputs& inputs, size_t rows, float* out, size_t outStride,
                   Coming& coming);
  /// x / √(mean of x² + ε) · weight.
  void (*normalise)(const float* x, const float* weight, float epsilon, size_t count, float* out);
  /// x += y.
  void (*accumulate)(float* x, const float* y, size_t count);
  /// silu(gate) · up.
  void (*gateUp)(const float* gate, const float* up, size_t count, float* out);
  /// Rotates one head by its row's angles; halves of the head form the pairs, or neighbours.
  void (*rotate)(float* head, const float* cosines, const float* sines, size_t width,
                 bool neighbours);
  /// One key and one value of a head into their slot of a page.
  void (*writeKeyValue)(const float* key, const float* value, size_t width, size_t slot,
                        bool isHalf, uint8_t* keys, uint8_t* values);
  void (*attend)(const AttentionTask& task);
  /// t = factor · A x for rows of x, A [rank, columns] in halves.
  void (*project)(const uint16_t* a, size_t rank, size_t columns, const float* x, size_t xStride,
                  size_t rows, float factor, float* t, size_t tStride);
  /// y += B t for rows of t, B in panels of eight outputs, [rank, 8] each, in halves.
  void (*expand)(const uint16_t* b, size_t rank, size_t outputs, const float* t, size_t tStride,
                 size_t rows, float* y, size_t yStride);
  /// The first of the largest.
  size_t (*largestIndex)(const float* x, size_t count);
};

/// The kernels of a kind of processor; null if this is another.
const Kernels* kernelsFor(cdecoder_path path);

namespace portable {
extern const Kernels kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kernels;
}
#endif

}  // namespace whence::decoder
