// Stored matrices, put into panels.
#include <sys/mman.h>

#include <cstring>

#include "half.h"
#include "internal.h"
#include "stored.h"

namespace whence::decoder {

Bytes::Bytes(size_t count) : count(count) {
  constexpr size_t huge = size_t{2} << 20;
  const size_t alignment = count >= huge ? huge : 64;
  const size_t room = (count + 64 + alignment - 1) / alignment * alignment;
  memory.reset(static_cast<uint8_t*>(std::aligned_alloc(alignment, room)));
  if (!memory) throw std::bad_alloc();
  // A step walks all weights: fewer, larger pages of memory to look up. Where there are none, fine.
  if (alignment == huge) (void)madvise(memory.get(), room, MADV_HUGEPAGE);
  std::memset(memory.get(), 0, room);
}

namespace {

bool isWide(Packing packing) {
  return packing == Packing::nibblesWideOffset || packing == Packing::bytesWideOffset ||
         packing == Packing::bytesHalves || packing == Packing::bytesHalvesOffset;
}
bool hasNibbles(Packing packing) { return packing <= Packing::nibblesWideOffset; }
bool hasHalves(Packing packing) {
  return packing == Packing::bytesHalves || packing == Packing::bytesHalvesOffset;
}
bool hasOffset(Packing packing) {
  return packing != Packing::nibbles && packing != Packing::bytes &&
         packing != Packing::bytesHalves;
}

/// Where things lie in a block of a panel.
struct BlockLayout {
  explicit BlockLayout(Packing packing)
      : parts(decoder::hasHalves(packing) ? 2 : 1),
        scaleBytes(isWide(packing) ? 4 : 2),
        head(parts * panelRows * scaleBytes * (hasOffset(packing) ? 2 : 1)),
        bytes(head + panelRows * blockColumns / (hasNibbles(packing) ? 2 : 1)) {}
  size_t parts, scaleBytes, head, bytes;

  size_t scale(size_t part, size_t row) const { return (part * panelRows + row) * scaleBytes; }
  size_t offset(size_t part, size_t row) const { return scale(parts + part, row); }
};

void writeScale(uint8_t* into, float value, bool wide) {
  if (wide) {
    std::memcpy(into, &value, 4);
    return;
  }
  const uint16_t half = floatToHalf(value);  // exact: it was one
  std::memcpy(into, &half, 2);
}

float readScale(const uint8_t* from, bool wide) {
  if (!wide) return halfToFloat(readHalf(from));
  float value;
  std::memcpy(&value, from, 4);
  return value;
}

/// The byte of a block's integers that holds a row's column, and for nibbles the bits within.
struct Place {
  size_t byte;
  int shift;
};
Place place(bool nibbles, size_t row, size_t column) {
  if (!nibbles) return {column * panelRows + row, 0};
  return {column / 8 * 32 + row * 4 + column % 8 / 2, static_cast<int>(column % 2 * 4)};
}

void packBlock(const StoredBlock& from, size_t first, Packing packing, size_t row, uint8_t* block) {
  const BlockLayout layout(packing);
  for (size_t part = 0; part < layout.parts; part++) {
    const size_t at = first / 16 + part;
    writeScale(block + layout.scale(part, row), from.scales[at], isWide(packing));
    if (hasOffset(packing))
      writeScale(block + layout.offset(part, row), from.offsets[at], isWide(packing));
  }
  const bool nibbles = hasNibbles(packing);
  for (size_t column = 0; column < blockColumns; column++) {
    const Place to = place(nibbles, row, column);
    const auto value = static_cast<uint8_t>(from.integers[first + column]);
    block[layout.head + to.byte] |= static_cast<uint8_t>(value << to.shift);
  }
}

void packRow(const cdecoder_stored& stored, const StoredForm& form, const uint8_t* bytes, size_t row,
             uint8_t* panel) {
  const auto columns = static_cast<size_t>(stored.columns);
  if (form.read == nullptr) {
    for (size_t column = 0; column < columns; column++) {
      const size_t at = column * panelRows + row;
      const float value = plainValue(form.format, bytes, column);
      if (form.packing == Packing::floats)
        std::memcpy(panel + 4 * at, &value, 4);
      else
        std::memcpy(panel + 2 * at, bytes + 2 * column, 2);
    }
    return;
  }
  const size_t blockBytes = BlockLayout(form.packing).bytes;
  StoredBlock block;
  for (size_t column = 0; column < columns; column += form.columns, bytes += form.bytes) {
    form.read(bytes, block);
    for (size_t first = 0; first < form.columns; first += blockColumns, panel += blockBytes)
      packBlock(block, first, form.packing, row, panel);
  }
}

}  // namespace

PackedMatrix pack(const cdecoder_stored& stored) {
  const StoredForm* form = storedForm(stored.format);
  require(form != nullptr, "unknown storage format");
  require(stored.rows > 0 && stored.columns > 0, "a matrix has rows and columns");
  const auto rows = static_cast<size_t>(stored.rows), columns = static_cast<size_t>(stored.columns);
  const size_t rowBytes = cdecoder_row_bytes(stored.format, columns);
  require(rowBytes > 0, "blocks do not divide the row");
  require(rowBytes * rows == stored.byte_count, "stored bytes and shape differ");

  PackedMatrix result;
  Matrix& matrix = result.matrix;
  matrix.packing = form->packing;
  matrix.rows = rows;
  matrix.columns = columns;
  matrix.panelBytes = isBlocked(form->packing)
                          ? columns / blockColumns * BlockLayout(form->packing).bytes
                          : columns * panelRows * (form->packing == Packing::floats ? 4 : 2);
  result.panels = Bytes(matrix.panelCount() * matrix.panelBytes);
  matrix.panels = result.panels.data();
  for (size_t row = 0; row < rows; row++) {
    size_t from = row;
    if (stored.order != nullptr) {
      require(stored.order[row] >= 0 && stored.order[row] < stored.rows, "a row outside the matrix");
      from = static_cast<size_t>(stored.order[row]);
    }
    packRow(stored, *form, static_cast<const uint8_t*>(stored.bytes) + from * rowBytes,
            row % panelRows, result.panels.data() + row / panelRows * matrix.panelBytes);
  }
  return result;
}

void unpackRow(const Matrix& matrix, size_t row, float* out) {
  const uint8_t* panel = matrix.panels + row / panelRows * matrix.panelBytes;
  row %= panelRows;
  if (!isBlocked(matrix.packing)) {
    for (size_t column = 0; column < matrix.columns; column++)
      out[column] = readScale(panel + (column * panelRows + row) *
                                          (matrix.packing == Packing::floats ? 4 : 2),
                              matrix.packing == Packing::floats);
    return;
  }
  const BlockLayout layout(matrix.packing);
  const bool nibbles = hasNibbles(matrix.packing), wide = isWide(matrix.packing);
  for (size_t column = 0; column < matrix.columns; column++) {
    const uint8_t* block = panel + column / blockColumns * layout.bytes;
    const size_t part = column % blockColumns * layout.parts / blockColumns;
    const float scale = readScale(block + layout.scale(part, row), wide);
    const Place from = place(nibbles, row, column % blockColumns);
    const uint8_t byte = block[layout.head + from.byte];
    const int value = nibbles ? byte >> from.shift & 15 : static_cast<int8_t>(byte);
    const float offset = hasOffset(matrix.packing)
                             ? readScale(block + layout.offset(part, row), wide)
                             : (matrix.packing == Packing::nibbles ? -8 * scale : 0);
    out[column] = scale * static_cast<float>(value) + offset;
  }
}

}  // namespace whence::decoder

extern "C" {

size_t cdecoder_row_bytes(uint32_t format, size_t columns) {
  const auto* form = whence::decoder::storedForm(format);
  if (form == nullptr || columns == 0 || columns % form->columns != 0) return 0;
  return columns / form->columns * form->bytes;
}

cdecoder_status cdecoder_decode_row(uint32_t format, const void* bytes, size_t columns, float* out) {
  using namespace whence::decoder;
  return guarded([&] {
    const StoredForm* form = storedForm(format);
    require(cdecoder_row_bytes(format, columns) > 0, "unknown format, or a row it does not divide");
    const auto* from = static_cast<const uint8_t*>(bytes);
    StoredBlock block;
    for (size_t column = 0; column < columns; column++) {
      if (form->read == nullptr) {
        out[column] = plainValue(format, from, column);
        continue;
      }
      const size_t at = column % form->columns;
      if (at == 0) form->read(from + column / form->columns * form->bytes, block);
      out[column] =
          block.scales[at / 16] * static_cast<float>(block.integers[at]) + block.offsets[at / 16];
    }
  });
}
}
