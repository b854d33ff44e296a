#include "engine.h"

#include <cmath>
#include <cstring>

namespace whence::decoder {

Activations::Activations(size_t rows, size_t columns)
    : columns(columns),
      values(rows * columns),
      lowered(rows * columns),
      sums(rows * (columns / blockColumns) * 2) {}

namespace {

/// Pieces of a product, in multiplications: small enough to share out evenly.
constexpr size_t pieceOfProduct = 400'000;

}  // namespace
}  // namespace whence::decoder

using namespace whence::decoder;

cdecoder_engine::cdecoder_engine(const cdecoder_model& model, size_t maxRows, size_t threads,
                                 const Kernels& kernels)
    : model(model), kernels(kernels), maxRows(maxRows), team(threads), scores(threads) {
  const auto width = static_cast<size_t>(model.shape.width);
  const size_t queryWidth = model.size(CDECODER_QUERY).rows;
  const size_t keyWidth = model.size(CDECODER_KEY).rows;
  const auto inner = static_cast<size_t>(model.shape.inner_width);
  states.resize(maxRows * width);
  const auto half = static_cast<size_t>(model.shape.head_width) / 2;
  cosines.resize(maxRows * half);
  sines.resize(maxRows * half);
  normalised = Activations(maxRows, width);
  mixed = Activations(maxRows, queryWidth);
  hidden = Activations(maxRows, inner);
  queries = Outputs(maxRows, queryWidth);
  keys = Outputs(maxRows, keyWidth);
  values = Outputs(maxRows, keyWidth);
  gates = Outputs(maxRows, inner);
  ups = Outputs(maxRows, inner);
  changes = Outputs(maxRows, width);
}

void cdecoder_engine::prepare(Activations& activations, size_t row) {
  const size_t columns = activations.columns, blocks = columns / blockColumns;
  if (columns % blockColumns != 0) return;  // then no weights are blocked
  kernels.prepare(activations.row(row), columns, activations.lowered.data() + row * columns,
                  activations.sums.data() + row * 2 * blocks);
}

void cdecoder_engine::normalise(size_t row, const float* weight) {
  const auto width = static_cast<size_t>(model.shape.width);
  kernels.normalise(states.data() + row * width, weight, model.shape.norm_epsilon, width,
                    normalised.row(row));
  prepare(normalised, row);
}

// --- Products ---

void cdecoder_engine::multiply(std::initializer_list<Product> products, const Activations& inputs,
                               size_t rowCount, const Group* group) {
  pieces.clear();
  size_t work = 0;
  for (const Product& product : products) {
    const size_t panelWork = panelRows * product.matrix->columns * rowCount;
    const size_t step = std::max<size_t>(4, pieceOfProduct / panelWork / 4 * 4);
    const size_t panels = product.matrix->panelCount();
    for (size_t first = 0; first < panels; first += step)
      pieces.push_back({&product, first, std::min(step, panels - first), {}});
    work += panelWork * panels;
  }
  if (group != nullptr) {
    findComing(*group);
    shareOutComing(rowCount);
  }
  const Inputs x = inputs.inputs();
  share(pieces.size(), work, [&](size_t index, size_t) {
    Piece& piece = pieces[index];
    kernels.multiply(*piece.product->matrix, piece.first, piece.count, x, rowCount,
                     piece.product->out, piece.product->outStride, piece.coming);
  });
}

// --- Layers ---

void cdecoder_engine::attend(const cdecoder_batch& batch, size_t layer) {
  const Layer& weights = model.layers[layer];
  const auto heads = static_cast<size_t>(model.shape.heads);
  const auto keyHeads = static_cast<size_t>(model.shape.key_heads);
  const auto headWidth = static_cast<size_t>(model.shape.head_width);
  const size_t group = heads / keyHeads, half = headWidth / 2;
  const size_t pageBytes = cdecoder_page_bytes(&model, batch.is_half);
  const size_t headBytes = pageBytes / (model.layers.size() * keyHeads);
  const size_t elementBytes = batch.is_half ? 2 : 4;
  auto* pool = static_cast<uint8_t*>(batch.pool);
  auto keyOffset = [&](size_t head) { return (layer * keyHeads + head) * headBytes; };
  const size_t valueDistance = headWidth * pageTokens * elementBytes;

  const std::initializer_list<Product> products = {
      {&weights.linears[CDECODER_QUERY].matrix, queries.row(0), queries.stride},
      {&weights.linears[CDECODER_KEY].matrix, keys.row(0), keys.stride},
      {&weights.linears[CDECODER_VALUE].matrix, values.row(0), values.stride}};
  const Group read{layer, CDECODER_QUERY, 3}, written{layer, CDECODER_OUTPUT, 1};
  multiply(products, normalised, rows, &read);

  // What the rows have seen is mixed before the next group reads it.
  eachRow(read, products, {}, normalised, 4 * heads * headWidth, [&](size_t row) {
    const cdecoder_row& what = batch.rows[row];
    auto rotate = [&](float* head) {
      kernels.rotate(head, cosines.data() + row * half, sines.data() + row * half, headWidth,
                     model.shape.rotates_neighbours);
    };
    for (size_t head = 0; head < heads; head++) rotate(queries.row(row) + head * headWidth);
    const auto position = static_cast<size_t>(what.position);
    const auto page = static_cast<size_t>(
        batch.pages[static_cast<size_t>(what.first_page) + position / pageTokens]);
    for (size_t head = 0; head < keyHeads; head++) {
      float* key = keys.row(row) + head * headWidth;
      rotate(key);
      uint8_t* into = pool + page * pageBytes + keyOffset(head);
      kernels.writeKeyValue(key, values.row(row) + head * headWidth, headWidth,
                            position % pageTokens, batch.is_half, into, into + valueDistance);
    }
  });

  size_t seen = 0;
  for (size_t row = 0; row < rows; row++) seen += static_cast<size_t>(batch.rows[row].position) + 1;
  share(rows * keyHeads, seen * heads * headWidth * 2, [&](size_t piece, size_t worker) {
    const size_t row = piece / keyHeads, head = piece % keyHeads;
    const cdecoder_row& what = batch.rows[row];
    AttentionTask task;
    task.queries = queries.row(row) + head * group * headWidth;
    task.out = mixed.row(row) + head * group * headWidth;
    task.heads = group;
    task.width = headWidth;
    task.pool = pool;
    task.pages = batch.pages + what.first_page;
    task.pageBytes = pageBytes;
    task.keyOffset = keyOffset(head);
    task.valueOffset = keyOffset(head) + valueDistance;
    task.visible = static_cast<size_t>(what.position) + 1;
    task.isHalf = batch.is_half;
    task.scale = 1 / std::sqrt(static_cast<float>(headWidth));
    task.scores = scores[worker].data();
    kernels.attend(task);
  });
  eachRow({}, {}, written, mixed, heads * headWidth * 2, [&](size_t row) { prepare(mixed, row); });

  const std::initializer_list<Product> output = {
      {&weights.linears[CDECODER_OUTPUT].matrix, changes.row(0), changes.stride}};
  multiply(output, mixed, rows, &written);
  const auto width = static_cast<size_t>(model.shape.width);
  const Group next{layer, CDECODER_GATE, 2};
  eachRow(written, output, next, normalised, 4 * width, [&](size_t row) {
    kernels.accumulate(states.data() + row * width, changes.row(row), width);
    normalise(row, weights.feedForwardNorm.data());
  });
}

void cdecoder_engine::feedForward(size_t layer) {
  const Layer& weights = model.layers[layer];
  const auto width = static_cast<size_t>(model.shape.width);
  const auto inner = static_cast<size_t>(model.shape.inner_width);
  const std::initializer_list<Product> products = {
      {&weights.linears[CDECODER_GATE].matrix, gates.row(0), gates.stride},
      {&weights.linears[CDECODER_UP].matrix, ups.row(0), ups.stride}};
  const Group gate{layer, CDECODER_GATE, 2}, last{layer, CDECODER_DOWN, 1};
  multiply(products, normalised, rows, &gate);
  eachRow(gate, products, last, hidden, 8 * inner, [&](size_t row) {
    kernels.gateUp(gates.row(row), ups.row(row), inner, hidden.row(row));
    prepare(hidden, row);
  });
  const std::initializer_list<Product> down = {
      {&weights.linears[CDECODER_DOWN].matrix, changes.row(0), changes.stride}};
  multiply(down, hidden, rows, &last);
  const bool isLast = layer + 1 == model.layers.size();
  const Group next = isLast ? Group{} : Group{layer + 1, CDECODER_QUERY, 3};
  eachRow(last, down, next, normalised, 4 * width, [&](size_t row) {
    kernels.accumulate(states.data() + row * width, changes.row(row), width);
    if (!isLast) normalise(row, model.layers[layer + 1].attentionNorm.data());
  });
}
