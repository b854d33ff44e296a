// Norms, rotation, activation and adapters over lanes; included once by each kind of processor, in
// its namespace.

/// The first `count` lanes, zero in the others.
template <class Element>
inline F8 loadFirst(const Element* from, size_t count) {
  if (count >= 8) return load(from);
  Element padded[8] = {};
  for (size_t i = 0; i < count; i++) padded[i] = from[i];
  return load(padded);
}

template <class Element>
inline void storeFirst(Element* into, size_t count, F8 value) {
  if (count >= 8) return store(into, value);
  Element padded[8];
  store(padded, value);
  for (size_t i = 0; i < count; i++) into[i] = padded[i];
}

/// eˣ to about one unit in the last place; 0 below −87.
inline F8 exponential(F8 x) {
  const F8 lowest = splat(-87), clamped = smaller(larger(x, lowest), splat(88));
  const I8 power = rounded(multiply(clamped, splat(1.44269504f)));
  const F8 n = toFloat(power);
  // x − n ln 2, in two parts.
  F8 rest = fused(n, splat(-0.693359375f), clamped);
  rest = fused(n, splat(2.12194440e-4f), rest);
  F8 series = splat(1.9875691500e-4f);
  for (const float term : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                           5.0000001201e-1f})
    series = fused(series, rest, splat(term));
  series = fused(series, multiply(rest, rest), add(rest, splat(1)));
  return multiply(series, powerOfTwo(power));
}

void normalise(const float* x, const float* weight, float epsilon, size_t count, float* out) {
  F8 squares = splat(0);
  for (size_t i = 0; i < count; i += 8) {
    const F8 part = loadFirst(x + i, count - i);
    squares = fused(part, part, squares);
  }
  const float mean = sum(squares) / static_cast<float>(count);
  const F8 factor = splat(1 / std::sqrt(mean + epsilon));
  for (size_t i = 0; i < count; i += 8)
    storeFirst(out + i, count - i,
               multiply(multiply(loadFirst(x + i, count - i), factor),
                        loadFirst(weight + i, count - i)));
}

void accumulate(float* x, const float* y, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] += y[i];
}

void gateUp(const float* gate, const float* up, size_t count, float* out) {
  for (size_t i = 0; i < count; i += 8) {
    const F8 g = loadFirst(gate + i, count - i);
    const F8 silu = divide(g, add(splat(1), exponential(subtract(splat(0), g))));
    storeFirst(out + i, count - i, multiply(silu, loadFirst(up + i, count - i)));
  }
}

void rotate(float* head, const float* cosines, const float* sines, size_t width, bool neighbours) {
  const size_t half = width / 2, step = neighbours ? 2 : 1, apart = neighbours ? 1 : half;
  for (size_t i = 0; i < half; i++) {
    float *first = head + i * step, *second = first + apart;
    const float a = *first, b = *second;
    *first = a * cosines[i] - b * sines[i];
    *second = b * cosines[i] + a * sines[i];
  }
}

size_t largestIndex(const float* x, size_t count) {
  F8 most = splat(-INFINITY);
  for (size_t i = 0; i + 8 <= count; i += 8) most = larger(load(x + i), most);
  float peak = largest(most);
  for (size_t i = count / 8 * 8; i < count; i++) peak = x[i] > peak ? x[i] : peak;
  for (size_t i = 0; i < count; i++)
    if (x[i] == peak) return i;
  return 0;
}

// --- Adapters ---

/// `Ranks` rows of A times `Rows` rows of x; each pair has its own eight sums over the columns.
template <int Ranks, int Rows>
inline void projectTile(const uint16_t* a, size_t columns, const float* x, size_t xStride,
                        float factor, float* out, size_t outStride) {
  F8 sums[Ranks][Rows];
  for (int k = 0; k < Ranks; k++)
    for (int r = 0; r < Rows; r++) sums[k][r] = splat(0);
  size_t column = 0;
  for (; column + 8 <= columns; column += 8) {
    F8 parts[Rows];
    for (int r = 0; r < Rows; r++) parts[r] = load(x + static_cast<size_t>(r) * xStride + column);
    for (int k = 0; k < Ranks; k++) {
      const F8 weights = load(a + static_cast<size_t>(k) * columns + column);
      for (int r = 0; r < Rows; r++) sums[k][r] = fused(weights, parts[r], sums[k][r]);
    }
  }
  if (const size_t rest = columns - column; rest > 0)
    for (int k = 0; k < Ranks; k++)
      for (int r = 0; r < Rows; r++)
        sums[k][r] = fused(loadFirst(a + static_cast<size_t>(k) * columns + column, rest),
                           loadFirst(x + static_cast<size_t>(r) * xStride + column, rest),
                           sums[k][r]);
  for (int k = 0; k < Ranks; k++)
    for (int r = 0; r < Rows; r++)
      out[static_cast<size_t>(r) * outStride + static_cast<size_t>(k)] = factor * sum(sums[k][r]);
}

void project(const uint16_t* a, size_t rank, size_t columns, const float* x, size_t xStride,
             size_t rows, float factor, float* out, size_t outStride) {
  size_t row = 0;
  auto tiles = [&](auto narrow, auto wide, size_t count) {
    for (; row + count <= rows; row += count) {
      size_t k = 0;
      const float* from = x + row * xStride;
      float* into = out + row * outStride;
      constexpr size_t step = decltype(wide)::value;
      for (; k + step <= rank; k += step)
        projectTile<decltype(wide)::value, decltype(narrow)::value>(
            a + k * columns, columns, from, xStride, factor, into + k, outStride);
      for (; k < rank; k++)
        projectTile<1, decltype(narrow)::value>(a + k * columns, columns, from, xStride, factor,
                                                into + k, outStride);
    }
  };
  tiles(std::integral_constant<int, 2>{}, std::integral_constant<int, 4>{}, 2);
  tiles(std::integral_constant<int, 1>{}, std::integral_constant<int, 8>{}, 1);
}

/// y += B t for some panels and rows. Each sum waits for its last addition: several run side by side.
template <int Panels, int Rows>
inline void expandTile(const uint16_t* b, size_t rank, const float* t, size_t tStride, float* y,
                       size_t yStride) {
  F8 sums[Panels][Rows];
  for (size_t p = 0; p < Panels; p++)
    for (size_t r = 0; r < Rows; r++) sums[p][r] = load(y + r * yStride + p * panelRows);
  for (size_t k = 0; k < rank; k++) {
    F8 parts[Rows];
    for (size_t r = 0; r < Rows; r++) parts[r] = splat(t[r * tStride + k]);
    for (size_t p = 0; p < Panels; p++) {
      const F8 weights = load(b + (p * rank + k) * panelRows);
      for (size_t r = 0; r < Rows; r++) sums[p][r] = fused(weights, parts[r], sums[p][r]);
    }
  }
  for (size_t p = 0; p < Panels; p++)
    for (size_t r = 0; r < Rows; r++) store(y + r * yStride + p * panelRows, sums[p][r]);
}

template <int Panels, int Rows>
inline void expandPanels(const uint16_t* b, size_t rank, size_t panels, const float* t,
                         size_t tStride, float* y, size_t yStride) {
  const size_t size = rank * panelRows;
  size_t panel = 0;
  for (; panel + Panels <= panels; panel += Panels, b += Panels * size, y += Panels * panelRows)
    expandTile<Panels, Rows>(b, rank, t, tStride, y, yStride);
  for (; panel < panels; panel++, b += size, y += panelRows)
    expandTile<1, Rows>(b, rank, t, tStride, y, yStride);
}

void expand(const uint16_t* b, size_t rank, size_t outputs, const float* t, size_t tStride,
            size_t rows, float* y, size_t yStride) {
  const size_t panels = (outputs + panelRows - 1) / panelRows;
  size_t row = 0;
  for (; row + 4 <= rows; row += 4)
    expandPanels<2, 4>(b, rank, panels, t + row * tStride, tStride, y + row * yStride, yStride);
  for (; row < rows; row++)
    expandPanels<4, 1>(b, rank, panels, t + row * tStride, tStride, y + row * yStride, yStride);
}
