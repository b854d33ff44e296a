// One step over a model: rows through all layers.
#pragma once
#include "internal.h"
#include "team.h"

namespace whence::decoder {

/// Rows of a segment.
constexpr size_t rowsOfPiece = 4;

/// Multiplications that a thread does while another wakes up.
constexpr size_t worthSharing = 100'000;

/// Consecutive rows of one adapter, a piece of work.
struct Segment {
  size_t first, count;
  const cdecoder_adapter* adapter;  // null for none
};

/// Rows of activations in the forms that products read.
struct Activations {
  Activations() = default;
  Activations(size_t rows, size_t columns);
  size_t columns = 0;
  std::vector<float> values, lowered, sums;

  float* row(size_t index) { return values.data() + index * columns; }
  Inputs inputs() const {
    return {values.data(), lowered.data(), sums.data(), columns};
  }
};

/// Rows of outputs, each of them whole panels long.
struct Outputs {
  Outputs() = default;
  Outputs(size_t rows, size_t columns)
      : stride((columns + panelRows - 1) / panelRows * panelRows), values(rows * stride) {}
  size_t stride = 0;
  std::vector<float> values;

  float* row(size_t index) { return values.data() + index * stride; }
};

/// A product that a phase computes, all rows of it.
struct Product {
  const Matrix* matrix;
  float* out;
  size_t outStride;
};

}  // namespace whence::decoder

struct cdecoder_engine {
  cdecoder_engine(const cdecoder_model& model, size_t maxRows, size_t threads,
                  const whence::decoder::Kernels& kernels);

  void step(const cdecoder_batch& batch, float* logits);

 private:
  using Matrix = whence::decoder::Matrix;
  using Segment = whence::decoder::Segment;
  using Product = whence::decoder::Product;
  using Activations = whence::decoder::Activations;
  using Outputs = whence::decoder::Outputs;
  using Layer = whence::decoder::Layer;

  void check(const cdecoder_batch& batch);
  void prepare(const cdecoder_batch& batch);
  void embed(const cdecoder_batch& batch);
  void attend(const cdecoder_batch& batch, size_t layer);
  void feedForward(size_t layer);
  void writeLogits(const cdecoder_batch& batch, float* logits);

  /// Products with one input, and what adapters make of it: t = factor · A x.
  void multiply(std::initializer_list<Product> products, const Activations& inputs,
                size_t rowCount, size_t layer, size_t firstLinear);
  /// Calls body(row) for each, after what its adapter adds to the outputs of some matrices.
  template <class Body>
  void eachRow(size_t layer, size_t firstLinear, std::initializer_list<Product> products,
               size_t rowWork, Body&& body);
  void project(const Segment& segment, size_t layer, size_t first, size_t count,
               const Activations& inputs);
  void expand(const Segment& segment, size_t layer, size_t first,
              std::initializer_list<Product> products);
  void normalise(size_t row, const float* weight);
  void prepare(Activations& activations, size_t row);
  /// Splits work among threads if it is worth waking one.
  template <class Body>
  void share(size_t pieces, size_t work, Body&& body) {
    if (work >= whence::decoder::worthSharing) return team.run(pieces, body);
    for (size_t piece = 0; piece < pieces; piece++) body(piece, size_t{0});
  }

  const cdecoder_model& model;
  const whence::decoder::Kernels& kernels;
  const size_t maxRows;
  whence::decoder::Team team;

  /// Panels of a product, or a segment's projection, whose product is null.
  struct Piece {
    const Product* product;
    size_t first, count;
    whence::decoder::Coming coming;
  };
  /// Lists what adapters need after some products: B of these maps and A of the next ones.
  void findComing(size_t layer, size_t firstLinear, size_t count);
  /// Has each piece of a product fetch its part of the list.
  void shareOutComing(size_t rowCount);

  size_t rows = 0;
  std::vector<Piece> pieces;
  std::vector<whence::decoder::Coming::Range> coming;
  std::vector<Segment> segments;
  std::vector<uint64_t> written;  // places in pages, of this step's rows
  size_t projectedStride = 0;
  std::vector<float> states;     // [rows, width]
  std::vector<float> projected;  // [rows, largest sum of ranks]
  std::vector<float> cosines, sines;
  std::vector<std::vector<float>> scores;  // of each thread
  Activations normalised, mixed, hidden;
  Outputs queries, keys, values, gates, ups, changes;
};
