// Products with weights as files store them: for one row, reading four bits instead of 32 a weight
// is what counts. Values are decoded exactly and multiplied in fp32.
#include <immintrin.h>

#include "kernels.h"

#define WHENCE_AVX2 __attribute__((target("avx2,fma,f16c")))

namespace whence::kernels {
namespace {

constexpr size_t blockLength = 32;

WHENCE_AVX2 inline float half(const uint8_t* bytes) {
  return _cvtsh_ss(static_cast<unsigned short>(bytes[0] | bytes[1] << 8));
}

/// Eight unsigned bytes, the low half of `bytes`, as floats.
WHENCE_AVX2 inline __m256 unsignedFloats(__m128i bytes) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
}

WHENCE_AVX2 inline __m256 signedFloats(const uint8_t* bytes) {
  const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes));
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(eight));
}

/// Σ qᵢ xᵢ of one block in eight lanes; low nibbles are the first half.
WHENCE_AVX2 inline __m256 nibbleProduct(const uint8_t* nibbles, const float* x) {
  const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(nibbles));
  const __m128i mask = _mm_set1_epi8(15);
  const __m128i low = _mm_and_si128(packed, mask);
  const __m128i high = _mm_and_si128(_mm_srli_epi16(packed, 4), mask);
  __m256 first = _mm256_mul_ps(unsignedFloats(low), _mm256_loadu_ps(x));
  __m256 second = _mm256_mul_ps(unsignedFloats(high), _mm256_loadu_ps(x + 16));
  first = _mm256_fmadd_ps(unsignedFloats(_mm_srli_si128(low, 8)), _mm256_loadu_ps(x + 8), first);
  second =
      _mm256_fmadd_ps(unsignedFloats(_mm_srli_si128(high, 8)), _mm256_loadu_ps(x + 24), second);
  return _mm256_add_ps(first, second);
}

WHENCE_AVX2 inline __m256 byteProduct(const uint8_t* bytes, const float* x) {
  __m256 first = _mm256_mul_ps(signedFloats(bytes), _mm256_loadu_ps(x));
  __m256 second = _mm256_mul_ps(signedFloats(bytes + 8), _mm256_loadu_ps(x + 8));
  first = _mm256_fmadd_ps(signedFloats(bytes + 16), _mm256_loadu_ps(x + 16), first);
  second = _mm256_fmadd_ps(signedFloats(bytes + 24), _mm256_loadu_ps(x + 24), second);
  return _mm256_add_ps(first, second);
}

WHENCE_AVX2 inline float sum(__m256 value) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

/// One weight row times x. A block is scale · q + offset, so offsets meet the block's sum of x.
template <uint32_t format>
WHENCE_AVX2 float rowProduct(const uint8_t* row, const float* x, const float* sums,
                             size_t blocks) {
  constexpr size_t header = format == CTENSORS_Q4_1 ? 4 : 2;
  constexpr size_t step = header + (format == CTENSORS_Q8_0 ? 32 : 16);
  __m256 total = _mm256_setzero_ps();
  float offsets = 0;
  for (size_t b = 0; b < blocks; b++, row += step, x += blockLength) {
    const float scale = half(row);
    __m256 product;
    if constexpr (format == CTENSORS_Q8_0) {
      product = byteProduct(row + header, x);
    } else {
      product = nibbleProduct(row + header, x);
      offsets += (format == CTENSORS_Q4_1 ? half(row + 2) : -8 * scale) * sums[b];
    }
    total = _mm256_fmadd_ps(_mm256_set1_ps(scale), product, total);
  }
  return sum(total) + offsets;
}

template <uint32_t format>
void product(const StoredProduct& p) {
  for (size_t r = 0; r < p.rows; r++) {
    p.out[r] = rowProduct<format>(p.weights + r * p.rowBytes, p.x, p.blockSums, p.blocks);
  }
}

}  // namespace

void storedProduct(const StoredProduct& p, uint32_t format) {
  switch (format) {
    case CTENSORS_Q4_0: return product<CTENSORS_Q4_0>(p);
    case CTENSORS_Q4_1: return product<CTENSORS_Q4_1>(p);
    default: return product<CTENSORS_Q8_0>(p);
  }
}

}  // namespace whence::kernels
