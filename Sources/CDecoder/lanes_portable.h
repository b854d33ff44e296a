// Eight lanes in plain C++, for any processor, and lane for lane what lanes_avx2.h computes: kernels
// are written once over either, so that both give the same bits.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "half.h"

namespace whence::decoder::portable {

struct F8 {
  float lane[8];
};
struct I8 {
  int32_t lane[8];
};

template <class Function>
inline F8 eachFloat(Function function) {
  F8 result;
  for (int i = 0; i < 8; i++) result.lane[i] = function(i);
  return result;
}

inline F8 splat(float value) {
  return eachFloat([=](int) { return value; });
}
inline F8 load(const float* from) {
  return eachFloat([=](int i) { return from[i]; });
}
inline F8 load(const uint16_t* halves) {
  return eachFloat([=](int i) { return halfToFloat(halves[i]); });
}
inline void store(float* into, F8 value) {
  for (int i = 0; i < 8; i++) into[i] = value.lane[i];
}
inline void store(uint16_t* halves, F8 value) {
  for (int i = 0; i < 8; i++) halves[i] = floatToHalf(value.lane[i]);
}
inline F8 add(F8 a, F8 b) {
  return eachFloat([&](int i) { return a.lane[i] + b.lane[i]; });
}
inline F8 subtract(F8 a, F8 b) {
  return eachFloat([&](int i) { return a.lane[i] - b.lane[i]; });
}
inline F8 multiply(F8 a, F8 b) {
  return eachFloat([&](int i) { return a.lane[i] * b.lane[i]; });
}
inline F8 divide(F8 a, F8 b) {
  return eachFloat([&](int i) { return a.lane[i] / b.lane[i]; });
}
/// a · b + c, rounded once.
inline F8 fused(F8 a, F8 b, F8 c) {
  return eachFloat([&](int i) { return std::fma(a.lane[i], b.lane[i], c.lane[i]); });
}
/// The second where the first is no number or not larger.
inline F8 larger(F8 a, F8 b) {
  return eachFloat([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline F8 smaller(F8 a, F8 b) {
  return eachFloat([&](int i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
}
inline F8 magnitude(F8 a) {
  return eachFloat([&](int i) { return std::fabs(a.lane[i]); });
}
inline float sum(F8 a) {
  float four[4];
  for (int i = 0; i < 4; i++) four[i] = a.lane[i] + a.lane[i + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}
inline float largest(F8 a) {
  float most = a.lane[0];
  for (int i = 1; i < 8; i++) most = a.lane[i] > most ? a.lane[i] : most;
  return most;
}

inline F8 toFloat(I8 a) {
  return eachFloat([&](int i) { return static_cast<float>(a.lane[i]); });
}
/// To the nearest, ties to even; INT32_MIN for what does not fit.
inline I8 rounded(F8 a) {
  I8 result;
  for (int i = 0; i < 8; i++) {
    const bool fits = a.lane[i] >= -0x1p31f && a.lane[i] < 0x1p31f;
    result.lane[i] = fits ? static_cast<int32_t>(std::nearbyint(a.lane[i])) : INT32_MIN;
  }
  return result;
}
/// 2ⁿ for n in −126 ... 127.
inline F8 powerOfTwo(I8 n) {
  return eachFloat([&](int i) { return bitsToFloat(static_cast<uint32_t>(n.lane[i] + 127) << 23); });
}

/// Eight little-endian words of eight nibbles each.
inline I8 loadWords(const uint8_t* from) {
  I8 result;
  for (int i = 0; i < 8; i++)
    result.lane[i] = static_cast<int32_t>(static_cast<uint32_t>(readHalf(from + 4 * i)) |
                                          static_cast<uint32_t>(readHalf(from + 4 * i + 2)) << 16);
  return result;
}
/// A nibble of each word, times ``nibbleWeight``: the last is shifted down, others stay in place.
template <int place>
inline F8 nibble(I8 words) {
  return eachFloat([&](int i) {
    const auto word = static_cast<uint32_t>(words.lane[i]);
    return static_cast<float>(place == 7 ? word >> 28 : word & 15u << 4 * place);
  });
}
inline F8 signedBytes(const uint8_t* from) {
  return eachFloat([&](int i) { return static_cast<float>(static_cast<int8_t>(from[i])); });
}
inline void prefetch(const void*) {}
inline void prefetchFar(const void*) {}

}  // namespace whence::decoder::portable
