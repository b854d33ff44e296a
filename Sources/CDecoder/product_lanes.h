// Matrix products over lanes; included once by each kind of processor, in its namespace. A lane is
// an output row. Of blocked weights, 32 products are added one after the other, then scaled and added
// to the sum over blocks, with the offset times the sum of x. Rows only share what is read.

template <bool isNibbles, class Scale, bool hasOffset, bool hasHalves>
struct BlockForm {
  static constexpr bool nibbles = isNibbles;
  // What nibbles without an offset of their own are too large by is one.
  static constexpr bool storesOffset = hasOffset, offset = hasOffset || isNibbles;
  using ScaleType = Scale;
  static constexpr size_t parts = hasHalves ? 2 : 1;
  static constexpr size_t headBytes = parts * panelRows * sizeof(Scale) * (hasOffset ? 2 : 1);
  static constexpr size_t columnBytes = panelRows / (isNibbles ? 2 : 1);
  static constexpr size_t blockBytes = headBytes + blockColumns * columnBytes;
};

inline void fetch(Coming& coming) {
  if (coming.linesPerBlock == 0) return;
  const uint8_t* at = coming.at;
  for (unsigned line = 0; line < coming.linesPerBlock; line++) prefetchFar(at + 64 * line);
  coming.at = at + 64 * coming.linesPerBlock;
  if (coming.at >= coming.end) coming.turn();
}

/// Adds the products of one column.
template <int Panels, int Rows>
inline void addColumn(const F8* weights, const float* x, size_t xStride, F8 (*sums)[Rows]) {
  for (int r = 0; r < Rows; r++) {
    const F8 value = splat(x[static_cast<size_t>(r) * xStride]);
    for (int p = 0; p < Panels; p++) sums[p][r] = fused(weights[p], value, sums[p][r]);
  }
}

/// Adds the products of eight columns.
template <class Form, int Panels, int Rows>
inline void addColumns(const uint8_t* const* packed, const float* x, size_t xStride,
                       F8 (*sums)[Rows]) {
  F8 weights[Panels];
  if constexpr (Form::nibbles) {
    I8 words[Panels];
    for (int p = 0; p < Panels; p++) words[p] = loadWords(packed[p]);
    auto add = [&](auto place) __attribute__((always_inline)) {
      constexpr int k = decltype(place)::value;
      for (int p = 0; p < Panels; p++) weights[p] = nibble<k>(words[p]);
      addColumn<Panels, Rows>(weights, x + k, xStride, sums);
    };
    add(std::integral_constant<int, 0>{});
    add(std::integral_constant<int, 1>{});
    add(std::integral_constant<int, 2>{});
    add(std::integral_constant<int, 3>{});
    add(std::integral_constant<int, 4>{});
    add(std::integral_constant<int, 5>{});
    add(std::integral_constant<int, 6>{});
    add(std::integral_constant<int, 7>{});
  } else {
    for (size_t k = 0; k < 8; k++) {
      for (int p = 0; p < Panels; p++) weights[p] = signedBytes(packed[p] + k * panelRows);
      addColumn<Panels, Rows>(weights, x + k, xStride, sums);
    }
  }
}

/// `Panels` panels times `Rows` rows of inputs from `row` on.
template <class Form, int Panels, int Rows>
void multiplyBlocked(const uint8_t* panel, size_t panelBytes, const Inputs& inputs, size_t row,
                     float* out, size_t outStride, Coming& coming) {
  using Scale = typename Form::ScaleType;
  const size_t blocks = inputs.columns / blockColumns;
  const float* x =
      (Form::nibbles ? inputs.lowered : inputs.values) + row * inputs.columns;
  const float* sumsOfX = inputs.sums + row * 2 * blocks;
  F8 totals[Panels][Rows];
  for (int p = 0; p < Panels; p++)
    for (int r = 0; r < Rows; r++) totals[p][r] = splat(0);
  for (size_t block = 0; block < blocks; block++, panel += Form::blockBytes) {
    constexpr size_t columns = blockColumns / Form::parts;
    fetch(coming);
    for (size_t part = 0; part < Form::parts; part++) {
      F8 sums[Panels][Rows];
      for (int p = 0; p < Panels; p++)
        for (int r = 0; r < Rows; r++) sums[p][r] = splat(0);
      for (size_t column = 0; column < columns; column += 8, x += 8) {
        const uint8_t* packed[Panels];
        for (int p = 0; p < Panels; p++)
          packed[p] = panel + static_cast<size_t>(p) * panelBytes + Form::headBytes +
                      (part * columns + column) * Form::columnBytes;
        // A panel ends before the processor has seen where this leads: into the next ones.
        if (row == 0)
          for (int p = 0; p < Panels; p++)
            prefetch(packed[p] + static_cast<size_t>(Panels) * panelBytes);
        addColumns<Form, Panels, Rows>(packed, x, inputs.columns, sums);
      }
      for (int p = 0; p < Panels; p++) {
        const auto* head =
            reinterpret_cast<const Scale*>(panel + static_cast<size_t>(p) * panelBytes);
        const F8 scale = load(head + part * panelRows);
        F8 offset = multiply(scale, splat(-8));
        if constexpr (Form::storesOffset) offset = load(head + (Form::parts + part) * panelRows);
        for (int r = 0; r < Rows; r++) {
          F8 total = fused(scale, sums[p][r], totals[p][r]);
          if constexpr (Form::offset) {
            const float* at = sumsOfX + static_cast<size_t>(r) * 2 * blocks + 2 * block;
            total = fused(offset, splat(Form::parts == 2 ? at[part] : at[0] + at[1]), total);
          }
          totals[p][r] = total;
        }
      }
    }
  }
  for (int p = 0; p < Panels; p++)
    for (int r = 0; r < Rows; r++)
      store(out + static_cast<size_t>(r) * outStride + static_cast<size_t>(p) * panelRows,
            totals[p][r]);
}

/// The same for weights without scales.
template <class Element, int Panels, int Rows>
void multiplyPlain(const uint8_t* panel, size_t panelBytes, const Inputs& inputs, size_t row,
                   float* out, size_t outStride, Coming& coming) {
  const float* x = inputs.values + row * inputs.columns;
  F8 sums[Panels][Rows];
  for (int p = 0; p < Panels; p++)
    for (int r = 0; r < Rows; r++) sums[p][r] = splat(0);
  for (size_t column = 0; column < inputs.columns; column++, x++) {
    if (column % blockColumns == 0) fetch(coming);
    F8 weights[Panels];
    for (int p = 0; p < Panels; p++)
      weights[p] = load(
          reinterpret_cast<const Element*>(panel + static_cast<size_t>(p) * panelBytes) +
          column * panelRows);
    addColumn<Panels, Rows>(weights, x, inputs.columns, sums);
  }
  for (int p = 0; p < Panels; p++)
    for (int r = 0; r < Rows; r++)
      store(out + static_cast<size_t>(r) * outStride + static_cast<size_t>(p) * panelRows,
            sums[p][r]);
}

// Eight sums at a time keep the processor from waiting for the one before.

template <class Form>
struct BlockedTile {
  template <int Panels, int Rows>
  static constexpr auto run = multiplyBlocked<Form, Panels, Rows>;
};
template <class Element>
struct PlainTile {
  template <int Panels, int Rows>
  static constexpr auto run = multiplyPlain<Element, Panels, Rows>;
};

template <class Tile, int Panels>
void multiplyRows(const uint8_t* panel, size_t panelBytes, const Inputs& inputs, size_t row,
                  size_t rows, float* out, size_t outStride, Coming& coming) {
  const size_t end = row + rows;
  auto run = [&](auto count) {
    Tile::template run<Panels, decltype(count)::value>(panel, panelBytes, inputs, row,
                                                       out + row * outStride, outStride, coming);
    row += static_cast<size_t>(decltype(count)::value);
  };
  if constexpr (Panels <= 2)
    while (row + 4 <= end) run(std::integral_constant<int, 4>{});
  switch (end - row) {
    case 3: return run(std::integral_constant<int, 3>{});
    case 2: return run(std::integral_constant<int, 2>{});
    case 1: return run(std::integral_constant<int, 1>{});
  }
}

template <class Tile>
void multiplyPanels(const Matrix& matrix, size_t first, size_t count, const Inputs& inputs,
                    size_t rows, float* out, size_t outStride, Coming& coming) {
  // Four panels of the one or two rows that are left, two of four rows.
  const size_t many = rows % 4 < 3 ? rows / 4 * 4 : rows;
  const size_t bytes = matrix.panelBytes;
  auto pass = [&](auto panels, size_t row, size_t rowCount) {
    constexpr int most = decltype(panels)::value;
    if (rowCount == 0) return;
    for (size_t done = 0; done < count;) {
      const uint8_t* panel = matrix.panels + (first + done) * bytes;
      float* into = out + (first + done) * panelRows;
      if (done + most <= count) {
        multiplyRows<Tile, most>(panel, bytes, inputs, row, rowCount, into, outStride, coming);
        done += most;
      } else {
        multiplyRows<Tile, 1>(panel, bytes, inputs, row, rowCount, into, outStride, coming);
        done++;
      }
    }
  };
  pass(std::integral_constant<int, 2>{}, 0, many);
  pass(std::integral_constant<int, 4>{}, many, rows - many);
}

void multiply(const Matrix& matrix, size_t first, size_t count, const Inputs& inputs, size_t rows,
              float* out, size_t outStride, Coming& coming) {
  using Half = uint16_t;
  auto run = [&](auto function) {
    function(matrix, first, count, inputs, rows, out, outStride, coming);
  };
  switch (matrix.packing) {
    case Packing::nibbles:
      return run(multiplyPanels<BlockedTile<BlockForm<true, Half, false, false>>>);
    case Packing::nibblesOffset:
      return run(multiplyPanels<BlockedTile<BlockForm<true, Half, true, false>>>);
    case Packing::nibblesWideOffset:
      return run(multiplyPanels<BlockedTile<BlockForm<true, float, true, false>>>);
    case Packing::bytes:
      return run(multiplyPanels<BlockedTile<BlockForm<false, Half, false, false>>>);
    case Packing::bytesOffset:
      return run(multiplyPanels<BlockedTile<BlockForm<false, Half, true, false>>>);
    case Packing::bytesWideOffset:
      return run(multiplyPanels<BlockedTile<BlockForm<false, float, true, false>>>);
    case Packing::bytesHalves:
      return run(multiplyPanels<BlockedTile<BlockForm<false, float, false, true>>>);
    case Packing::bytesHalvesOffset:
      return run(multiplyPanels<BlockedTile<BlockForm<false, float, true, true>>>);
    case Packing::halves: return run(multiplyPanels<PlainTile<Half>>);
    case Packing::floats: return run(multiplyPanels<PlainTile<float>>);
  }
}

void prepare(const float* x, size_t count, float* lowered, float* sums) {
  float factors[8];
  for (size_t i = 0; i < 8; i++) factors[i] = 1 / nibbleWeight(i);
  for (size_t i = 0; i < count; i += 16, x += 16, lowered += 16) {
    const F8 first = load(x), second = load(x + 8);
    store(lowered, multiply(first, load(factors)));
    store(lowered + 8, multiply(second, load(factors)));
    *sums++ = sum(add(first, second));
  }
}
