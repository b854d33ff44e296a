// How files store weights, block by block.
#pragma once
#include "kernels.h"

namespace whence::decoder {

/// Up to 256 weights: scale · integer + offset, a scale and an offset for each 16.
struct StoredBlock {
  int8_t integers[256];
  float scales[16], offsets[16];
};

struct StoredForm {
  uint32_t format;
  size_t columns, bytes;  // of a block
  Packing packing;
  void (*read)(const uint8_t* bytes, StoredBlock& block);  // null for plain numbers
};

/// Null for a format that is not known.
const StoredForm* storedForm(uint32_t format);
/// A plain number of a row.
float plainValue(uint32_t format, const uint8_t* row, size_t column);

}  // namespace whence::decoder
