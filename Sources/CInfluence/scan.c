#include "cinfluence.h"

// MARK: Portable

void influence_distances_portable(const uint64_t *rows, size_t count, size_t words,
                                  const uint64_t *signs, uint16_t *distances) {
  for (size_t row = 0; row < count; row++, rows += words) {
    unsigned distance = 0;
    for (size_t word = 0; word < words; word++)
      distance += (unsigned)__builtin_popcountll(rows[word] ^ signs[word]);
    distances[row] = (uint16_t)distance;
  }
}

void influence_sums_portable(const uint64_t *rows, size_t count, size_t words, const int16_t *query,
                             int64_t *sums) {
  for (size_t row = 0; row < count; row++, rows += words) {
    int64_t sum = 0;
    for (size_t word = 0; word < words; word++)
      for (unsigned bit = 0; bit < 64; bit++) {
        int64_t value = query[word * 64 + bit];
        sum += rows[word] >> bit & 1 ? value : -value;
      }
    sums[row] = sum;
  }
}

static uint64_t read_portable(const uint64_t *words, size_t count) {
  uint64_t parts[8] = {0};
  size_t index = 0;
  for (; index + 8 <= count; index += 8)
    for (size_t part = 0; part < 8; part++) parts[part] ^= words[index + part];
  for (; index < count; index++) parts[0] ^= words[index];
  for (size_t part = 1; part < 8; part++) parts[0] ^= parts[part];
  return parts[0];
}

#if defined(__x86_64__)
#include <immintrin.h>

// MARK: AVX2

#define AVX2 __attribute__((target("avx2,popcnt")))

int influence_has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}

// The bits of each byte, by a table for either half (Muła, Kurz, Lemire 2018).
AVX2 static inline __m256i bits_of_bytes(__m256i bytes) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                         1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i half = _mm256_set1_epi8(15);
  __m256i low = _mm256_and_si256(bytes, half);
  __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
  return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

AVX2 static inline __m256i load(const uint64_t *words) {
  return _mm256_loadu_si256((const __m256i *)words);
}

AVX2 static inline int64_t sum_of_lanes(__m256i lanes) {
  __m128i two = _mm_add_epi64(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  return _mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1);
}

AVX2 static void distances_avx2(const uint64_t *rows, size_t count, size_t words,
                                const uint64_t *signs, uint16_t *distances) {
  const __m256i zero = _mm256_setzero_si256();
  for (size_t row = 0; row < count; row++, rows += words) {
    __m256i total = zero;
    size_t word = 0;
    // Sixteen words make at most 32 a byte: their sums are widened once.
    for (; word + 16 <= words; word += 16) {
      __m256i bits = zero;
      for (size_t part = 0; part < 16; part += 4)
        bits = _mm256_add_epi8(bits, bits_of_bytes(_mm256_xor_si256(load(rows + word + part),
                                                                    load(signs + word + part))));
      total = _mm256_add_epi64(total, _mm256_sad_epu8(bits, zero));
    }
    unsigned distance = (unsigned)sum_of_lanes(total);
    for (; word < words; word++)
      distance += (unsigned)__builtin_popcountll(rows[word] ^ signs[word]);
    distances[row] = (uint16_t)distance;
  }
}

AVX2 static void sums_avx2(const uint64_t *rows, size_t count, size_t words, const int16_t *query,
                           int64_t *sums) {
  const __m256i bit = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192,
                                        16384, -32768);
  const __m256i ones = _mm256_set1_epi16(1);
  int64_t all = 0;
  for (size_t index = 0; index < words * 64; index++) all += query[index];
  const uint16_t *pieces = (const uint16_t *)rows;
  for (size_t row = 0; row < count; row++, pieces += words * 4) {
    // A lane adds 256 pairs of values at most, far below 2^31; two chains keep both adders busy.
    __m256i even = _mm256_setzero_si256();
    __m256i odd = _mm256_setzero_si256();
    for (size_t piece = 0; piece < words * 4; piece += 2) {
      const __m256i *values = (const __m256i *)(query + piece * 16);
      __m256i first = _mm256_set1_epi16((short)pieces[piece]);
      __m256i second = _mm256_set1_epi16((short)pieces[piece + 1]);
      first = _mm256_cmpeq_epi16(_mm256_and_si256(first, bit), bit);
      second = _mm256_cmpeq_epi16(_mm256_and_si256(second, bit), bit);
      first = _mm256_and_si256(first, _mm256_loadu_si256(values));
      second = _mm256_and_si256(second, _mm256_loadu_si256(values + 1));
      even = _mm256_add_epi32(even, _mm256_madd_epi16(first, ones));
      odd = _mm256_add_epi32(odd, _mm256_madd_epi16(second, ones));
    }
    int32_t lanes[16];
    _mm256_storeu_si256((__m256i *)lanes, even);
    _mm256_storeu_si256((__m256i *)(lanes + 8), odd);
    int64_t plus = 0;
    for (size_t lane = 0; lane < 16; lane++) plus += lanes[lane];
    sums[row] = 2 * plus - all;
  }
}

AVX2 static uint64_t read_avx2(const uint64_t *words, size_t count) {
  __m256i parts[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                      _mm256_setzero_si256()};
  size_t index = 0;
  for (; index + 16 <= count; index += 16)
    for (size_t part = 0; part < 4; part++)
      parts[part] = _mm256_xor_si256(parts[part], load(words + index + part * 4));
  uint64_t lanes[4];
  __m256i all = _mm256_xor_si256(_mm256_xor_si256(parts[0], parts[1]),
                                 _mm256_xor_si256(parts[2], parts[3]));
  _mm256_storeu_si256((__m256i *)lanes, all);
  uint64_t sum = lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3];
  for (; index < count; index++) sum ^= words[index];
  return sum;
}
#else
int influence_has_avx2(void) { return 0; }
#define distances_avx2 influence_distances_portable
#define sums_avx2 influence_sums_portable
#define read_avx2 read_portable
#endif

// MARK: The path for this processor

void influence_distances(const uint64_t *rows, size_t count, size_t words, const uint64_t *signs,
                         uint16_t *distances) {
  if (influence_has_avx2())
    distances_avx2(rows, count, words, signs, distances);
  else
    influence_distances_portable(rows, count, words, signs, distances);
}

void influence_sums(const uint64_t *rows, size_t count, size_t words, const int16_t *query,
                    int64_t *sums) {
  if (influence_has_avx2())
    sums_avx2(rows, count, words, query, sums);
  else
    influence_sums_portable(rows, count, words, query, sums);
}

uint64_t influence_read(const uint64_t *words, size_t count) {
  return influence_has_avx2() ? read_avx2(words, count) : read_portable(words, count);
}
