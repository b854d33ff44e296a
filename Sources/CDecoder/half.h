// Half precision to single and back, by bits: exact one way, to nearest even the other.
#pragma once
#include <cstdint>
#include <cstring>

namespace whence::decoder {

inline float bitsToFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint32_t floatToBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float halfToFloat(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 0) {  // zero or subnormal: fraction · 2⁻²⁴
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return bitsToFloat(sign | wide << 23 | fraction << 13);
}

inline uint16_t floatToHalf(float value) {
  const uint32_t bits = floatToBits(value), magnitude = bits & 0x7fffffffu;
  const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000u);
  if (magnitude > 0x7f800000u) return sign | 0x7e00u;  // not a number
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;  // rounds beyond the largest half
  if (magnitude < 0x38800000u) {  // below the smallest normal half: let the adder round
    const float shifted = bitsToFloat(magnitude) + 0.5f;
    return sign | static_cast<uint16_t>(floatToBits(shifted) - 0x3f000000u);
  }
  const uint32_t odd = magnitude >> 13 & 1;
  return sign | static_cast<uint16_t>((magnitude - 0x38000000u + 0xfffu + odd) >> 13);
}

inline uint16_t readHalf(const uint8_t* bytes) {
  return static_cast<uint16_t>(bytes[0] | bytes[1] << 8);
}

}  // namespace whence::decoder
