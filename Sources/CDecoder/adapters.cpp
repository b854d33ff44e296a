// What a step adds for its rows' adapters, and how their weights are there in time.
#include "engine.h"

#include <algorithm>

using namespace whence::decoder;

void cdecoder_engine::project(const Segment& segment, const Group& group,
                              const Activations& inputs) {
  if (segment.adapter == nullptr) return;
  const cdecoder_adapter_part* parts = segment.adapter->parts.data() + group.begin();
  size_t at = 0;
  for (size_t index = 0; index < group.count;) {
    const cdecoder_adapter_part& part = parts[index];
    auto rank = static_cast<size_t>(part.rank);
    // Those that lie one behind the other are one.
    for (index++; index < group.count && rank > 0 && parts[index].factor == part.factor &&
                  parts[index].a == part.a + rank * inputs.columns;
         index++)
      rank += static_cast<size_t>(parts[index].rank);
    if (rank == 0) continue;
    kernels.project(segment.adapter->weights + part.a, rank, inputs.columns,
                    inputs.values.data() + segment.first * inputs.columns, inputs.columns,
                    segment.count, part.factor,
                    projected.data() + segment.first * projectedStride + at, projectedStride);
    at += rank;
  }
}

void cdecoder_engine::expand(const Segment& segment, const Group& group,
                             std::initializer_list<Product> products) {
  if (segment.adapter == nullptr) return;
  const cdecoder_adapter_part* part = segment.adapter->parts.data() + group.begin();
  size_t at = 0;
  for (const Product& product : products) {
    const auto rank = static_cast<size_t>(part->rank);
    if (rank > 0)
      kernels.expand(segment.adapter->weights + part->b, rank, product.matrix->rows,
                     projected.data() + segment.first * projectedStride + at, projectedStride,
                     segment.count, product.out + segment.first * product.outStride,
                     product.outStride);
    at += rank;
    part++;
  }
}

namespace {

constexpr size_t cacheLine = 64;

size_t lineCount(const Coming::Range& range) {
  return (static_cast<size_t>(range.end - range.at) + cacheLine - 1) / cacheLine;
}

/// How many linear maps read what comes after some maps' output.
size_t countAfter(size_t firstLinear) {
  if (firstLinear == CDECODER_OUTPUT) return 2;  // gate, up
  return firstLinear == CDECODER_DOWN ? 3 : 1;   // query, key, value
}

}  // namespace

void cdecoder_engine::findComing(const Group& group) {
  coming.clear();
  auto add = [&](const uint16_t* from, size_t halves) {
    if (halves == 0) return;
    const auto* at = reinterpret_cast<const uint8_t*>(from);
    if (!coming.empty() && coming.back().end == at)
      coming.back().end += 2 * halves;
    else
      coming.push_back({at, at + 2 * halves});
  };
  const size_t first = group.begin(), middle = first + group.count;
  const bool isLast = middle == model.layers.size() * linearCount;
  const size_t end = isLast ? middle : middle + countAfter(group.first);
  const cdecoder_adapter* last = nullptr;
  for (const Segment& segment : segments) {
    if (segment.adapter == nullptr || segment.adapter == last) continue;
    last = segment.adapter;
    for (size_t index = first; index < end; index++) {
      const cdecoder_adapter_part& part = last->parts[index];
      const auto rank = static_cast<size_t>(part.rank);
      const auto size = model.size(index % linearCount);
      if (index < middle)
        add(last->weights + part.b, cdecoder_adapter_up_count(size.rows, rank));
      else
        add(last->weights + part.a, rank * size.columns);
    }
  }
}

void cdecoder_engine::shareOutComing(size_t rowCount) {
  size_t lines = 0, blocks = 0;
  for (const auto& range : coming) lines += lineCount(range);
  auto blocksOf = [&](const Piece& piece) {
    const size_t columns = piece.product->matrix->columns;
    return (piece.count + 1) / 2 * ((rowCount + 3) / 4) * (columns / blockColumns);
  };
  for (const Piece& piece : pieces) blocks += blocksOf(piece);
  if (lines == 0 || blocks == 0) return;
  const auto perBlock = static_cast<unsigned>((lines + blocks - 1) / blocks);
  size_t done = 0, given = 0;
  auto range = coming.data();
  const uint8_t* at = range->at;
  for (Piece& piece : pieces) {
    done += blocksOf(piece);
    const size_t share = lines * done / blocks - given;
    given += share;
    if (share == 0) continue;
    if (at >= range->end) at = (++range)->at;
    piece.coming = {at, range->end, perBlock, range + 1, nullptr};
    for (size_t left = share;;) {
      const size_t here = std::min(left, lineCount({at, range->end}));
      at += here * cacheLine;
      left -= here;
      if (left == 0) break;
      at = (++range)->at;
    }
    piece.coming.last = range + 1;
  }
}
