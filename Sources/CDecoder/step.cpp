// What a step checks and prepares, and what it leaves.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine.h"

using namespace whence::decoder;

namespace {

void checkComplete(const cdecoder_model& model) {
  bool isComplete = model.embedding.matrix.rows > 0 && !model.finalNorm.empty();
  for (const Layer& layer : model.layers) {
    isComplete = isComplete && !layer.attentionNorm.empty() && !layer.feedForwardNorm.empty();
    for (const PackedMatrix& linear : layer.linears)
      isComplete = isComplete && linear.matrix.rows > 0;
  }
  require(isComplete, "the model lacks weights");
}

}  // namespace

void cdecoder_engine::check(const cdecoder_batch& batch) {
  written.clear();
  require(batch.row_count > 0 && batch.row_count <= maxRows, "no rows, or more than there is room");
  require(batch.adapter_count == 0 || batch.adapters != nullptr, "no adapters where some are said");
  require(reinterpret_cast<uintptr_t>(batch.pool) % 32 == 0, "the pool is not aligned");
  for (size_t index = 0; index < batch.row_count; index++) {
    const cdecoder_row& row = batch.rows[index];
    require(row.token >= 0 && row.token < model.shape.vocabulary, "a token outside the vocabulary");
    require(row.position >= 0 && row.first_page >= 0, "a negative position");
    const size_t pages = static_cast<size_t>(row.position) / pageTokens + 1;
    const auto first = static_cast<size_t>(row.first_page);
    require(first <= batch.page_number_count && pages <= batch.page_number_count - first,
            "a position outside its pages");
    for (size_t page = first; page < first + pages; page++)
      require(batch.pages[page] >= 0 && static_cast<size_t>(batch.pages[page]) < batch.pool_pages,
              "a page outside the pool");
    require(row.adapter >= -1 &&
                (row.adapter < 0 || static_cast<size_t>(row.adapter) < batch.adapter_count),
            "no such adapter");
    if (row.adapter >= 0)
      require(batch.adapters[row.adapter]->parts.size() == model.layers.size() * linearCount,
              "an adapter of another model");
    const auto page = static_cast<uint64_t>(batch.pages[first + pages - 1]);
    written.push_back(page * pageTokens + static_cast<uint64_t>(row.position) % pageTokens);
  }
  std::sort(written.begin(), written.end());
  require(std::adjacent_find(written.begin(), written.end()) == written.end(),
          "two rows at one place of a page");
}

void cdecoder_engine::prepare(const cdecoder_batch& batch) {
  rows = batch.row_count;
  segments.clear();
  size_t rank = 0, visible = 0;
  for (size_t index = 0; index < rows; index++) {
    const cdecoder_row& row = batch.rows[index];
    const cdecoder_adapter* adapter = row.adapter < 0 ? nullptr : batch.adapters[row.adapter];
    if (adapter != nullptr) rank = std::max(rank, adapter->largestRank);
    visible = std::max(visible, static_cast<size_t>(row.position) + 1);
    if (segments.empty() || segments.back().adapter != adapter ||
        segments.back().count == rowsOfPiece)
      segments.push_back({index, 0, adapter});
    segments.back().count++;
  }
  projectedStride = rank;
  projected.resize(std::max(projected.size(), rows * rank));
  const size_t room = 4 * ((visible + pageTokens - 1) / pageTokens * pageTokens);
  for (auto& buffer : scores) buffer.resize(std::max(buffer.size(), room));
}

void cdecoder_engine::embed(const cdecoder_batch& batch) {
  const auto width = static_cast<size_t>(model.shape.width);
  const size_t half = model.frequencies.size();
  eachRow({}, {}, {0, CDECODER_QUERY, 3}, normalised, width * 16, [&](size_t index) {
    const cdecoder_row& row = batch.rows[index];
    unpackRow(model.embedding.matrix, static_cast<size_t>(row.token),
              states.data() + index * width);
    for (size_t i = 0; i < half; i++) {
      const double angle = static_cast<double>(row.position) * model.frequencies[i];
      cosines[index * half + i] = static_cast<float>(std::cos(angle));
      sines[index * half + i] = static_cast<float>(std::sin(angle));
    }
    normalise(index, model.layers[0].attentionNorm.data());
  });
}

void cdecoder_engine::writeLogits(const cdecoder_batch& batch, float* logits) {
  const auto width = static_cast<size_t>(model.shape.width);
  size_t wanted = 0;
  for (size_t index = 0; index < rows; index++) {
    if (!batch.rows[index].wants_logits) continue;
    // Rows move up only: what they overwrite is done with.
    if (wanted != index)
      std::memcpy(states.data() + wanted * width, states.data() + index * width,
                  width * sizeof(float));
    normalise(wanted, model.finalNorm.data());
    wanted++;
  }
  if (wanted == 0) return;
  multiply({{&model.headMatrix(), logits, cdecoder_logits_stride(&model)}}, normalised, wanted,
           nullptr);
}

void cdecoder_engine::step(const cdecoder_batch& batch, float* logits) {
  check(batch);
  bool wantsLogits = false;
  for (size_t row = 0; row < batch.row_count; row++)
    wantsLogits = wantsLogits || batch.rows[row].wants_logits;
  require(!wantsLogits || logits != nullptr, "no room for the logits");
  prepare(batch);
  embed(batch);
  for (size_t layer = 0; layer < model.layers.size(); layer++) {
    attend(batch, layer);
    feedForward(layer);
  }
  writeLogits(batch, logits);
}

extern "C" {

size_t cdecoder_page_bytes(const cdecoder_model* model, bool isHalf) {
  const auto width = static_cast<size_t>(model->shape.head_width);
  const size_t padded = (width + panelRows - 1) / panelRows * panelRows;
  const auto heads = static_cast<size_t>(model->shape.key_heads);
  return model->layers.size() * heads * (width + padded) * pageTokens * (isHalf ? 2 : 4);
}

size_t cdecoder_logits_stride(const cdecoder_model* model) {
  const auto vocabulary = static_cast<size_t>(model->shape.vocabulary);
  return (vocabulary + panelRows - 1) / panelRows * panelRows;
}

cdecoder_status cdecoder_engine_create(cdecoder_engine** out, const cdecoder_model* model,
                                       int32_t maxRows, int32_t threads, cdecoder_path path) {
  return guarded([&] {
    require(maxRows > 0 && maxRows <= 1 << 16, "no rows, or absurdly many");
    require(threads > 0 && threads <= 256, "no threads, or absurdly many");
    checkComplete(*model);
    const Kernels* kernels = kernelsFor(path);
    require(kernels != nullptr, "not this kind of processor");
    *out = new cdecoder_engine(*model, static_cast<size_t>(maxRows), static_cast<size_t>(threads),
                               *kernels);
  });
}

void cdecoder_engine_destroy(cdecoder_engine* engine) { delete engine; }

cdecoder_status cdecoder_step(cdecoder_engine* engine, const cdecoder_batch* batch,
                              float* logits) {
  return guarded([&] { engine->step(*batch, logits); });
}
}
