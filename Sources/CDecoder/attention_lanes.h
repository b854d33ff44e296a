// Attention over pages; included once by each kind of processor, in its namespace, after
// pointwise_lanes.h. A page has, of each layer and key head, the keys dimension by dimension, 16
// positions each, then the values position by position. A row's sums run over positions in order, so
// that it does not matter what else is computed, nor whether the positions came one by one.

inline size_t paddedWidth(size_t width) { return (width + 7) / 8 * 8; }

template <class Element>
void writeSlot(const float* key, const float* value, size_t width, size_t slot, uint8_t* keys,
               uint8_t* values) {
  auto* k = reinterpret_cast<Element*>(keys);
  auto* v = reinterpret_cast<Element*>(values) + slot * paddedWidth(width);
  for (size_t i = 0; i < width; i += 8) {
    Element lanes[8];
    store(lanes, loadFirst(key + i, width - i));
    for (size_t j = 0; j < 8 && i + j < width; j++) k[(i + j) * pageTokens + slot] = lanes[j];
    store(v + i, loadFirst(value + i, width - i));
  }
}

void writeKeyValue(const float* key, const float* value, size_t width, size_t slot, bool isHalf,
                   uint8_t* keys, uint8_t* values) {
  (isHalf ? writeSlot<uint16_t> : writeSlot<float>)(key, value, width, slot, keys, values);
}

/// Scores of `Heads` queries at the 16 positions of a page.
template <class Element, int Heads>
inline void scorePage(const Element* keys, const float* queries, size_t width, float scale,
                      float* scores, size_t stride) {
  F8 low[Heads], high[Heads];
  for (int h = 0; h < Heads; h++) low[h] = high[h] = splat(0);
  for (size_t i = 0; i < width; i++, keys += pageTokens) {
    const F8 first = load(keys), second = load(keys + 8);
    for (int h = 0; h < Heads; h++) {
      const F8 query = splat(queries[static_cast<size_t>(h) * width + i]);
      low[h] = fused(first, query, low[h]);
      high[h] = fused(second, query, high[h]);
    }
  }
  for (int h = 0; h < Heads; h++) {
    store(scores + static_cast<size_t>(h) * stride, multiply(low[h], splat(scale)));
    store(scores + static_cast<size_t>(h) * stride + 8, multiply(high[h], splat(scale)));
  }
}

/// Turns scores of visible positions into weights, those of others into zero.
/// - Returns: one over the weights' sum.
inline float weigh(float* scores, size_t visible, size_t padded) {
  for (size_t i = visible; i < padded; i++) scores[i] = -INFINITY;
  F8 most = splat(-INFINITY);
  for (size_t i = 0; i < padded; i += 8) most = larger(load(scores + i), most);
  const F8 peak = splat(largest(most));
  F8 total = splat(0);
  for (size_t i = 0; i < padded; i += 8) {
    const F8 weights = exponential(subtract(load(scores + i), peak));
    store(scores + i, weights);
    // Those after the last one are e⁻⁸⁷, not zero.
    if (i + 8 > visible)
      for (size_t j = i > visible ? i : visible; j < i + 8; j++) scores[j] = 0;
    total = add(total, load(scores + i));
  }
  return 1 / sum(total);
}

/// Adds the values of some positions to eight or sixteen dimensions of `Heads` outputs.
template <class Element, int Heads, int Parts>
inline void mixPart(const AttentionTask& task, size_t from, const float* scores, size_t stride,
                    const float* shares, float* out) {
  const size_t width = paddedWidth(task.width), pages = stride / pageTokens;
  F8 sums[Heads][Parts];
  for (int h = 0; h < Heads; h++)
    for (int p = 0; p < Parts; p++) sums[h][p] = splat(0);
  for (size_t page = 0; page < pages; page++) {
    const auto* values = reinterpret_cast<const Element*>(
        task.pool + static_cast<size_t>(task.pages[page]) * task.pageBytes + task.valueOffset);
    const size_t first = page * pageTokens, left = task.visible - first;
    const size_t count = left < pageTokens ? left : pageTokens;
    for (size_t slot = 0; slot < count; slot++) {
      F8 parts[Parts];
      for (int p = 0; p < Parts; p++) parts[p] = load(values + slot * width + from + 8 * p);
      for (int h = 0; h < Heads; h++) {
        const F8 weight = splat(scores[static_cast<size_t>(h) * stride + first + slot]);
        for (int p = 0; p < Parts; p++) sums[h][p] = fused(parts[p], weight, sums[h][p]);
      }
    }
  }
  for (int h = 0; h < Heads; h++)
    for (int p = 0; p < Parts; p++)
      storeFirst(out + static_cast<size_t>(h) * task.width + from + 8 * p,
                 task.width - from - 8 * p, multiply(sums[h][p], splat(shares[h])));
}

template <class Element, int Heads>
void attendHeads(const AttentionTask& task, size_t head) {
  const size_t pages = (task.visible + pageTokens - 1) / pageTokens, stride = pages * pageTokens;
  const float* queries = task.queries + head * task.width;
  for (size_t page = 0; page < pages; page++) {
    const auto* keys = reinterpret_cast<const Element*>(
        task.pool + static_cast<size_t>(task.pages[page]) * task.pageBytes + task.keyOffset);
    scorePage<Element, Heads>(keys, queries, task.width, task.scale,
                              task.scores + page * pageTokens, stride);
  }
  float shares[Heads];
  for (int h = 0; h < Heads; h++)
    shares[h] = weigh(task.scores + static_cast<size_t>(h) * stride, task.visible, stride);
  float* out = task.out + head * task.width;
  const size_t width = paddedWidth(task.width);
  size_t from = 0;
  for (; from + 16 <= width; from += 16)
    mixPart<Element, Heads, 2>(task, from, task.scores, stride, shares, out);
  if (from < width) mixPart<Element, Heads, 1>(task, from, task.scores, stride, shares, out);
}

template <class Element>
void attendTo(const AttentionTask& task) {
  size_t head = 0;
  for (; head + 4 <= task.heads; head += 4) attendHeads<Element, 4>(task, head);
  switch (task.heads - head) {
    case 3: return attendHeads<Element, 3>(task, head);
    case 2: return attendHeads<Element, 2>(task, head);
    case 1: return attendHeads<Element, 1>(task, head);
  }
}

void attend(const AttentionTask& task) {
  (task.isHalf ? attendTo<uint16_t> : attendTo<float>)(task);
}
