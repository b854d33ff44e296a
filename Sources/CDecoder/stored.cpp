// Block layouts of the GGUF family, by its specification and the forms its files have in practice.
#include "stored.h"

#include <cstring>

#include "half.h"

namespace whence::decoder {
namespace {

void fill(StoredBlock& block, size_t from, size_t count, float scale, float offset = 0) {
  for (size_t i = from; i < from + count; i++) {
    block.scales[i] = scale;
    block.offsets[i] = offset;
  }
}

/// The low nibbles are the first half of 32, the high ones the second.
void readNibbles(const uint8_t* nibbles, StoredBlock& block, uint32_t fifthBits, int less) {
  for (size_t i = 0; i < 16; i++) {
    const int low = (nibbles[i] & 15) | static_cast<int>(fifthBits >> i & 1) << 4;
    const int high = (nibbles[i] >> 4) | static_cast<int>(fifthBits >> (i + 16) & 1) << 4;
    block.integers[i] = static_cast<int8_t>(low - less);
    block.integers[i + 16] = static_cast<int8_t>(high - less);
  }
}

uint32_t word(const uint8_t* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

float half(const uint8_t* bytes) { return halfToFloat(readHalf(bytes)); }

void readQ4_0(const uint8_t* bytes, StoredBlock& block) {
  fill(block, 0, 2, half(bytes), -8 * half(bytes));
  readNibbles(bytes + 2, block, 0, 0);
}

void readQ4_1(const uint8_t* bytes, StoredBlock& block) {
  fill(block, 0, 2, half(bytes), half(bytes + 2));
  readNibbles(bytes + 4, block, 0, 0);
}

void readQ5_0(const uint8_t* bytes, StoredBlock& block) {
  fill(block, 0, 2, half(bytes));
  readNibbles(bytes + 6, block, word(bytes + 2), 16);
}

void readQ5_1(const uint8_t* bytes, StoredBlock& block) {
  fill(block, 0, 2, half(bytes), half(bytes + 2));
  readNibbles(bytes + 8, block, word(bytes + 4), 0);
}

void readQ8_0(const uint8_t* bytes, StoredBlock& block) {
  fill(block, 0, 2, half(bytes));
  std::memcpy(block.integers, bytes + 2, 32);
}

void readQ2_K(const uint8_t* bytes, StoredBlock& block) {
  const uint8_t *scales = bytes, *packed = bytes + 16;
  const float scale = half(bytes + 80), least = half(bytes + 82);
  for (size_t part = 0; part < 16; part++) {
    fill(block, part, 1, scale * static_cast<float>(scales[part] & 15),
         -least * static_cast<float>(scales[part] >> 4));
    const uint8_t* from = packed + part / 8 * 32 + part % 2 * 16;
    for (size_t i = 0; i < 16; i++)
      block.integers[part * 16 + i] = static_cast<int8_t>(from[i] >> part % 8 / 2 * 2 & 3);
  }
}

void readQ3_K(const uint8_t* bytes, StoredBlock& block) {
  const uint8_t *thirdBits = bytes, *packed = bytes + 32, *scales = bytes + 96;
  const float scale = half(bytes + 108);
  for (size_t part = 0; part < 16; part++) {
    const int low = part < 8 ? scales[part] & 15 : scales[part - 8] >> 4;
    const int high = scales[8 + part % 4] >> part / 4 * 2 & 3;
    fill(block, part, 1, scale * static_cast<float>((low | high << 4) - 32));
    const uint8_t *from = packed + part / 8 * 32 + part % 2 * 16, *third = thirdBits + part % 2 * 16;
    for (size_t i = 0; i < 16; i++) {
      const int value = from[i] >> part % 8 / 2 * 2 & 3, bit = third[i] >> part / 2 & 1;
      block.integers[part * 16 + i] = static_cast<int8_t>(value - (bit ? 0 : 4));
    }
  }
}

struct ScaleAndLeast {
  float scale, least;
};

/// Of the eight parts of a block; six bits each in twelve bytes.
ScaleAndLeast sixBits(const uint8_t* packed, size_t part) {
  if (part < 4)
    return {static_cast<float>(packed[part] & 63), static_cast<float>(packed[part + 4] & 63)};
  return {static_cast<float>((packed[part + 4] & 15) | packed[part - 4] >> 6 << 4),
          static_cast<float>(packed[part + 4] >> 4 | packed[part] >> 6 << 4)};
}

void readParts(const uint8_t* bytes, StoredBlock& block) {
  const float scale = half(bytes), least = half(bytes + 2);
  for (size_t part = 0; part < 8; part++) {
    const ScaleAndLeast pair = sixBits(bytes + 4, part);
    fill(block, 2 * part, 2, scale * pair.scale, -least * pair.least);
  }
}

void readQ4_K(const uint8_t* bytes, StoredBlock& block) {
  readParts(bytes, block);
  for (size_t part = 0; part < 8; part++)
    for (size_t i = 0; i < 32; i++)
      block.integers[part * 32 + i] =
          static_cast<int8_t>(bytes[16 + part / 2 * 32 + i] >> part % 2 * 4 & 15);
}

void readQ5_K(const uint8_t* bytes, StoredBlock& block) {
  readParts(bytes, block);
  const uint8_t *fifthBits = bytes + 16, *packed = bytes + 48;
  for (size_t part = 0; part < 8; part++)
    for (size_t i = 0; i < 32; i++) {
      const int low = packed[part / 2 * 32 + i] >> part % 2 * 4 & 15;
      block.integers[part * 32 + i] = static_cast<int8_t>(low | (fifthBits[i] >> part & 1) << 4);
    }
}

void readQ6_K(const uint8_t* bytes, StoredBlock& block) {
  const float scale = half(bytes + 208);
  for (size_t part = 0; part < 16; part++)
    fill(block, part, 1, scale * static_cast<float>(static_cast<int8_t>(bytes[192 + part])));
  for (size_t i = 0; i < 256; i++) {
    const size_t upper = i / 128, quarter = i % 128 / 32, place = i % 32;
    const uint8_t low = bytes[upper * 64 + quarter % 2 * 32 + place];
    const uint8_t high = bytes[128 + upper * 32 + place];
    const int value = (low >> quarter / 2 * 4 & 15) | (high >> quarter * 2 & 3) << 4;
    block.integers[i] = static_cast<int8_t>(value - 32);
  }
}

constexpr int8_t unevenSteps[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                    1,    13,   25,  38,  53,  69,  89,  113};

void readUneven(const uint8_t* nibbles, int8_t* integers) {
  for (size_t i = 0; i < 16; i++) {
    integers[i] = unevenSteps[nibbles[i] & 15];
    integers[i + 16] = unevenSteps[nibbles[i] >> 4];
  }
}

void readIQ4_NL(const uint8_t* bytes, StoredBlock& block) {
  fill(block, 0, 2, half(bytes));
  readUneven(bytes + 2, block.integers);
}

void readIQ4_XS(const uint8_t* bytes, StoredBlock& block) {
  const float scale = half(bytes);
  const unsigned high = readHalf(bytes + 2);
  for (size_t part = 0; part < 8; part++) {
    const unsigned low = bytes[4 + part / 2] >> part % 2 * 4 & 15;
    const int steps = static_cast<int>(low | (high >> 2 * part & 3) << 4) - 32;
    fill(block, 2 * part, 2, scale * static_cast<float>(steps));
    readUneven(bytes + 8 + part * 16, block.integers + part * 32);
  }
}

constexpr StoredForm forms[] = {
    {CDECODER_F32, 1, 4, Packing::floats, nullptr},
    {CDECODER_F16, 1, 2, Packing::halves, nullptr},
    // Its range is a float's, not a half's.
    {CDECODER_BF16, 1, 2, Packing::floats, nullptr},
    {CDECODER_Q4_0, 32, 18, Packing::nibbles, readQ4_0},
    {CDECODER_Q4_1, 32, 20, Packing::nibblesOffset, readQ4_1},
    {CDECODER_Q5_0, 32, 22, Packing::bytes, readQ5_0},
    {CDECODER_Q5_1, 32, 24, Packing::bytesOffset, readQ5_1},
    {CDECODER_Q8_0, 32, 34, Packing::bytes, readQ8_0},
    {CDECODER_Q2_K, 256, 84, Packing::bytesHalvesOffset, readQ2_K},
    {CDECODER_Q3_K, 256, 110, Packing::bytesHalves, readQ3_K},
    {CDECODER_Q4_K, 256, 144, Packing::nibblesWideOffset, readQ4_K},
    {CDECODER_Q5_K, 256, 176, Packing::bytesWideOffset, readQ5_K},
    {CDECODER_Q6_K, 256, 210, Packing::bytesHalves, readQ6_K},
    {CDECODER_IQ4_NL, 32, 18, Packing::bytes, readIQ4_NL},
    {CDECODER_IQ4_XS, 256, 136, Packing::bytesHalves, readIQ4_XS},
};

}  // namespace

const StoredForm* storedForm(uint32_t format) {
  for (const StoredForm& form : forms)
    if (form.format == format) return &form;
  return nullptr;
}

float plainValue(uint32_t format, const uint8_t* row, size_t column) {
  if (format == CDECODER_F32) {
    float value;
    std::memcpy(&value, row + 4 * column, sizeof value);
    return value;
  }
  const uint16_t bits = readHalf(row + 2 * column);
  return format == CDECODER_F16 ? halfToFloat(bits) : bitsToFloat(static_cast<uint32_t>(bits) << 16);
}

}  // namespace whence::decoder
