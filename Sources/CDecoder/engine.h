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

/// Linear maps of a layer that read one input.
struct Group {
  size_t layer, first, count;

  size_t begin() const { return layer * linearCount + first; }
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
  using Group = whence::decoder::Group;
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

  /// Products with one input. Of a group, what adapters need before the next one is fetched meanwhile.
  void multiply(std::initializer_list<Product> products, const Activations& inputs,
                size_t rowCount, const Group* group);
  /// Goes through the rows, segment by segment: adds B t to a group's outputs, calls body(row) for
  /// each, which leaves the next group's input, and computes the next t. So a row's numbers stay near,
  /// and its adapter's are read in the order in which they lie.
  template <class Body>
  void eachRow(const Group& group, std::initializer_list<Product> products, const Group& next,
               const Activations& inputs, size_t rowWork, Body&& body) {
    const size_t work = rows * (rowWork + projectedStride * inputs.columns);
    share(segments.size(), work, [&](size_t index, size_t) {
      const Segment& segment = segments[index];
      expand(segment, group, products);
      for (size_t row = segment.first; row < segment.first + segment.count; row++) body(row);
      project(segment, next, inputs);
    });
  }
  /// t = factor · A x, for all maps of a group.
  void project(const Segment& segment, const Group& group, const Activations& inputs);
  /// y += B t.
  void expand(const Segment& segment, const Group& group, std::initializer_list<Product> products);
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

  /// Some panels of a product.
  struct Piece {
    const Product* product;
    size_t first, count;
    whence::decoder::Coming coming;
  };
  /// Lists what adapters need after a group's products: B of its maps and A of the next group.
  void findComing(const Group& group);
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
