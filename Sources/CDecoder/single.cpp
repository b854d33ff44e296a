// Kernels called one by one.
#include <cmath>
#include <cstring>

#include "cdecoder_kernels.h"
#include "internal.h"

using namespace whence::decoder;

struct cdecoder_packed {
  PackedMatrix packed;
};

namespace {

template <class Body>
cdecoder_status withKernels(cdecoder_path path, Body&& body) {
  return guarded([&] {
    const Kernels* kernels = kernelsFor(path);
    require(kernels != nullptr, "not this kind of processor");
    body(*kernels);
  });
}

size_t wholePanels(size_t count) { return (count + panelRows - 1) / panelRows * panelRows; }

}  // namespace

extern "C" {

cdecoder_status cdecoder_packed_create(cdecoder_packed** out, const cdecoder_stored* stored) {
  return guarded([&] {
    auto made = std::make_unique<cdecoder_packed>();
    made->packed = pack(*stored);
    *out = made.release();
  });
}

void cdecoder_packed_destroy(cdecoder_packed* packed) { delete packed; }

cdecoder_status cdecoder_multiply(cdecoder_path path, const cdecoder_packed* packed, const float* x,
                                  size_t rows, float* out) {
  return withKernels(path, [&](const Kernels& kernels) {
    const Matrix& matrix = packed->packed.matrix;
    const size_t columns = matrix.columns, blocks = columns / blockColumns;
    std::vector<float> lowered(rows * columns), sums(rows * blocks * 2);
    if (isBlocked(matrix.packing))
      for (size_t row = 0; row < rows; row++)
        kernels.prepare(x + row * columns, columns, lowered.data() + row * columns,
                        sums.data() + row * blocks * 2);
    Coming nothing;
    kernels.multiply(matrix, 0, matrix.panelCount(), {x, lowered.data(), sums.data(), columns},
                     rows, out, wholePanels(matrix.rows), nothing);
  });
}

cdecoder_status cdecoder_normalise(cdecoder_path path, const float* x, const float* weight,
                                   float epsilon, size_t count, float* out) {
  return withKernels(path, [&](const Kernels& kernels) {
    kernels.normalise(x, weight, epsilon, count, out);
  });
}

cdecoder_status cdecoder_gate_up(cdecoder_path path, const float* gate, const float* up,
                                 size_t count, float* out) {
  return withKernels(path, [&](const Kernels& kernels) { kernels.gateUp(gate, up, count, out); });
}

cdecoder_status cdecoder_rotate(cdecoder_path path, float* head, const float* cosines,
                                const float* sines, size_t width, bool neighbours) {
  return withKernels(path, [&](const Kernels& kernels) {
    kernels.rotate(head, cosines, sines, width, neighbours);
  });
}

cdecoder_status cdecoder_attend(cdecoder_path path, const float* queries, size_t heads,
                                size_t width, const float* keys, const float* values,
                                size_t visible, bool isHalf, float* out) {
  return withKernels(path, [&](const Kernels& kernels) {
    require(visible > 0 && width > 0, "nothing to see");
    const size_t pages = (visible + pageTokens - 1) / pageTokens, element = isHalf ? 2 : 4;
    const size_t valueOffset = width * pageTokens * element;
    const size_t pageBytes = valueOffset + wholePanels(width) * pageTokens * element;
    Bytes pool(pages * pageBytes);
    // What nobody wrote must not matter.
    std::memset(pool.data(), 0xff, pool.size());
    std::vector<int32_t> order(pages);
    for (size_t page = 0; page < pages; page++)
      order[page] = static_cast<int32_t>((page + pages / 2) % pages);
    for (size_t position = 0; position < visible; position++) {
      uint8_t* page = pool.data() + static_cast<size_t>(order[position / pageTokens]) * pageBytes;
      kernels.writeKeyValue(keys + position * width, values + position * width, width,
                            position % pageTokens, isHalf, page, page + valueOffset);
    }
    std::vector<float> scores(4 * pages * pageTokens);
    kernels.attend({queries, out, heads, width, pool.data(), order.data(), pageBytes, 0,
                    valueOffset, visible, isHalf, 1 / std::sqrt(static_cast<float>(width)),
                    scores.data()});
  });
}

cdecoder_status cdecoder_adapt(cdecoder_path path, const uint16_t* a, const uint16_t* b,
                               size_t rank, size_t columns, size_t outputs, const float* x,
                               size_t rows, float factor, float* y) {
  return withKernels(path, [&](const Kernels& kernels) {
    std::vector<float> t(rows * rank);
    kernels.project(a, rank, columns, x, columns, rows, factor, t.data(), rank);
    kernels.expand(b, rank, outputs, t.data(), rank, rows, y, wholePanels(outputs));
  });
}

cdecoder_status cdecoder_find_largest(cdecoder_path path, const float* values, size_t count,
                                      size_t* index) {
  return withKernels(path, [&](const Kernels& kernels) {
    *index = kernels.largestIndex(values, count);
  });
}
}
