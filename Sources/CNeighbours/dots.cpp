#include "cneighbours.h"

namespace {

inline int32_t dotPortable(const int8_t *row, const int8_t *query, size_t from, size_t width) {
  int32_t sum = 0;
  for (size_t i = from; i < width; i++) sum += int32_t(row[i]) * int32_t(query[i]);
  return sum;
}

}  // namespace

extern "C" void neighbours_dots_portable(const int8_t *rows, size_t count, size_t width,
                                         const int8_t *query, int32_t *dots) {
  for (size_t row = 0; row < count; row++) {
    dots[row] = dotPortable(rows + row * width, query, 0, width);
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define WHENCE_AVX2 __attribute__((target("avx2")))

namespace {

WHENCE_AVX2 inline __m256i widened(const int8_t *from) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from)));
}

WHENCE_AVX2 void dotsAVX2(const int8_t *rows, size_t count, size_t width, const int8_t *query,
                          int32_t *dots) {
  for (size_t r = 0; r < count; r++) {
    const int8_t *row = rows + r * width;
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 16 <= width; i += 16) {
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(widened(row + i), widened(query + i)));
    }
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    dots[r] = _mm_cvtsi128_si32(four) + dotPortable(row, query, i, width);
  }
}

}  // namespace

extern "C" void neighbours_dots(const int8_t *rows, size_t count, size_t width,
                                const int8_t *query, int32_t *dots) {
  static const bool fast = __builtin_cpu_supports("avx2");
  (fast ? dotsAVX2 : neighbours_dots_portable)(rows, count, width, query, dots);
}
#else
extern "C" void neighbours_dots(const int8_t *rows, size_t count, size_t width,
                                const int8_t *query, int32_t *dots) {
  neighbours_dots_portable(rows, count, width, query, dots);
}
#endif
