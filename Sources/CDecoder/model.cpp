// Handles: models and adapters; which kernels run.
#include <cstring>

#include "half.h"
#include "internal.h"

namespace whence::decoder {

thread_local std::string lastError;

const Kernels* kernelsFor(cdecoder_path path) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("f16c");
  if (avx2 && path != CDECODER_PORTABLE) return &avx2::kernels;
#endif
  return path == CDECODER_AVX2 ? nullptr : &portable::kernels;
}

namespace {

bool isIn(int32_t value, int32_t least, int32_t most) { return value >= least && value <= most; }

void check(const cdecoder_shape& shape) {
  constexpr int32_t most = 1 << 24;
  for (const int32_t size : {shape.layers, shape.width, shape.inner_width, shape.heads,
                             shape.key_heads, shape.head_width, shape.vocabulary})
    require(isIn(size, 1, most), "a size is missing or absurd");
  require(shape.heads % shape.key_heads == 0, "key heads do not divide the heads");
  require(shape.head_width % 2 == 0, "a head has no halves");
  require(shape.heads < 4096 && shape.head_width < 4096, "absurd heads");
  require(shape.norm_epsilon > 0, "the norm's epsilon is not positive");
}

/// Matrices that read the same input stand together.
constexpr size_t groupStarts[] = {CDECODER_QUERY, CDECODER_OUTPUT, CDECODER_GATE, CDECODER_DOWN,
                                  linearCount};

void checkPart(const cdecoder_model& model, const cdecoder_adapter_part& part, size_t linear,
               size_t weights) {
  if (part.rank == 0) return;
  require(isIn(part.rank, 1, 4096), "an absurd rank");
  const auto rank = static_cast<size_t>(part.rank);
  const auto size = model.size(linear);
  const size_t down = rank * size.columns, up = cdecoder_adapter_up_count(size.rows, rank);
  require(down <= weights && part.a <= weights - down, "A lies outside the adapter's weights");
  require(up <= weights && part.b <= weights - up, "B lies outside the adapter's weights");
}

}  // namespace
}  // namespace whence::decoder

using namespace whence::decoder;

cdecoder_model::Size cdecoder_model::size(size_t linear) const {
  const auto width = static_cast<size_t>(shape.width);
  const auto inner = static_cast<size_t>(shape.inner_width);
  const auto head = static_cast<size_t>(shape.head_width);
  const size_t queries = static_cast<size_t>(shape.heads) * head;
  const size_t keys = static_cast<size_t>(shape.key_heads) * head;
  switch (linear) {
    case CDECODER_QUERY: return {queries, width};
    case CDECODER_KEY:
    case CDECODER_VALUE: return {keys, width};
    case CDECODER_OUTPUT: return {width, queries};
    case CDECODER_DOWN: return {width, inner};
    default: return {inner, width};
  }
}

extern "C" {

const char* cdecoder_last_error(void) { return lastError.c_str(); }
bool cdecoder_supports(cdecoder_path path) { return kernelsFor(path) != nullptr; }
const char* cdecoder_path_name(void) { return kernelsFor(CDECODER_FASTEST)->name; }

size_t cdecoder_largest(const float* values, size_t count) {
  return kernelsFor(CDECODER_FASTEST)->largestIndex(values, count);
}

// --- The model ---

cdecoder_status cdecoder_model_create(cdecoder_model** out, const cdecoder_shape* shape,
                                      const float* frequencies) {
  return guarded([&] {
    check(*shape);
    auto model = std::make_unique<cdecoder_model>();
    model->shape = *shape;
    model->frequencies.assign(frequencies, frequencies + shape->head_width / 2);
    model->layers.resize(static_cast<size_t>(shape->layers));
    *out = model.release();
  });
}

void cdecoder_model_destroy(cdecoder_model* model) { delete model; }

cdecoder_status cdecoder_model_set_matrix(cdecoder_model* model, cdecoder_matrix which,
                                          int32_t layer, const cdecoder_stored* stored) {
  return guarded([&] {
    const bool isLinear = which < CDECODER_EMBEDDING;
    require(which <= CDECODER_HEAD, "no such matrix");
    require(isIn(layer, 0, isLinear ? model->shape.layers - 1 : 0), "no such layer");
    const cdecoder_model::Size wanted =
        isLinear ? model->size(which)
                 : cdecoder_model::Size{static_cast<size_t>(model->shape.vocabulary),
                                        static_cast<size_t>(model->shape.width)};
    require(static_cast<size_t>(stored->rows) == wanted.rows &&
                static_cast<size_t>(stored->columns) == wanted.columns,
            "a matrix of another model's sizes");
    PackedMatrix& target = isLinear ? model->layers[static_cast<size_t>(layer)].linears[which]
                           : which == CDECODER_EMBEDDING ? model->embedding
                                                         : model->head;
    target = pack(*stored);
  });
}

cdecoder_status cdecoder_model_set_vector(cdecoder_model* model, cdecoder_vector which,
                                          int32_t layer, const float* values, size_t count) {
  return guarded([&] {
    require(which <= CDECODER_FINAL_NORM, "no such vector");
    const bool isFinal = which == CDECODER_FINAL_NORM;
    require(isIn(layer, 0, isFinal ? 0 : model->shape.layers - 1), "no such layer");
    require(count == static_cast<size_t>(model->shape.width), "a norm of another width");
    Layer& target = model->layers[static_cast<size_t>(layer)];
    std::vector<float>& norm = isFinal ? model->finalNorm
                               : which == CDECODER_ATTENTION_NORM ? target.attentionNorm
                                                                  : target.feedForwardNorm;
    norm.assign(values, values + count);
  });
}

size_t cdecoder_model_bytes(const cdecoder_model* model) {
  size_t bytes = model->embedding.panels.size() + model->head.panels.size();
  for (const Layer& layer : model->layers)
    for (const PackedMatrix& linear : layer.linears) bytes += linear.panels.size();
  return bytes;
}

uint64_t cdecoder_model_checksum(const cdecoder_model* model) {
  uint64_t hash = 0xcbf29ce484222325u;
  auto add = [&](const void* bytes, size_t count) {
    const auto* from = static_cast<const uint8_t*>(bytes);
    for (size_t i = 0; i < count; i++) hash = (hash ^ from[i]) * 0x100000001b3u;
  };
  auto addVector = [&](const std::vector<float>& values) {
    add(values.data(), values.size() * sizeof(float));
  };
  add(model->embedding.panels.data(), model->embedding.panels.size());
  add(model->head.panels.data(), model->head.panels.size());
  addVector(model->finalNorm);
  for (const Layer& layer : model->layers) {
    for (const PackedMatrix& linear : layer.linears)
      add(linear.panels.data(), linear.panels.size());
    addVector(layer.attentionNorm);
    addVector(layer.feedForwardNorm);
  }
  return hash;
}

// --- Adapters ---

size_t cdecoder_adapter_up_count(size_t outputs, size_t rank) {
  return (outputs + panelRows - 1) / panelRows * panelRows * rank;
}

void cdecoder_adapter_pack_down(const float* values, size_t count, uint16_t* into) {
  for (size_t i = 0; i < count; i++) into[i] = floatToHalf(values[i]);
}

void cdecoder_adapter_pack_up(const float* values, size_t outputs, size_t rank, uint16_t* into) {
  for (size_t panel = 0; panel < outputs; panel += panelRows)
    for (size_t k = 0; k < rank; k++)
      for (size_t row = panel; row < panel + panelRows; row++)
        *into++ = row < outputs ? floatToHalf(values[row * rank + k]) : 0;
}

cdecoder_status cdecoder_adapter_create(cdecoder_adapter** out, const cdecoder_model* model,
                                        const cdecoder_adapter_part* parts,
                                        const uint16_t* weights, size_t weightCount) {
  return guarded([&] {
    const size_t layers = model->layers.size();
    auto adapter = std::make_unique<cdecoder_adapter>();
    adapter->parts.assign(parts, parts + layers * linearCount);
    adapter->weights = weights;
    adapter->largestRank = 0;
    for (size_t layer = 0; layer < layers; layer++)
      for (size_t group = 0; group + 1 < std::size(groupStarts); group++) {
        size_t rank = 0;
        for (size_t linear = groupStarts[group]; linear < groupStarts[group + 1]; linear++) {
          const auto& part = adapter->parts[layer * linearCount + linear];
          checkPart(*model, part, linear, weightCount);
          rank += static_cast<size_t>(part.rank);
        }
        adapter->largestRank = std::max(adapter->largestRank, rank);
      }
    *out = adapter.release();
  });
}

void cdecoder_adapter_destroy(cdecoder_adapter* adapter) { delete adapter; }
}
