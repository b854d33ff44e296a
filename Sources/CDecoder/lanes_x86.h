// Eight lanes as AVX2 registers; included inside a namespace and its `#pragma clang attribute`.

using F8 = __m256;
struct I8 {
  __m256i bits;
};

inline F8 splat(float value) { return _mm256_set1_ps(value); }
inline F8 load(const float* from) { return _mm256_loadu_ps(from); }
inline F8 load(const uint16_t* halves) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(halves)));
}
inline void store(float* into, F8 value) { _mm256_storeu_ps(into, value); }
inline void store(uint16_t* halves, F8 value) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(halves),
                   _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
inline F8 add(F8 a, F8 b) { return _mm256_add_ps(a, b); }
inline F8 subtract(F8 a, F8 b) { return _mm256_sub_ps(a, b); }
inline F8 multiply(F8 a, F8 b) { return _mm256_mul_ps(a, b); }
inline F8 divide(F8 a, F8 b) { return _mm256_div_ps(a, b); }
inline F8 fused(F8 a, F8 b, F8 c) { return _mm256_fmadd_ps(a, b, c); }
inline F8 larger(F8 a, F8 b) { return _mm256_max_ps(a, b); }
inline F8 smaller(F8 a, F8 b) { return _mm256_min_ps(a, b); }
inline F8 magnitude(F8 a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
inline float sum(F8 a) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
inline float largest(F8 a) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

inline F8 toFloat(I8 a) { return _mm256_cvtepi32_ps(a.bits); }
inline I8 rounded(F8 a) { return {_mm256_cvtps_epi32(a)}; }
inline F8 powerOfTwo(I8 n) {
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_add_epi32(n.bits, _mm256_set1_epi32(127)), 23));
}

inline I8 loadWords(const uint8_t* from) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))};
}
template <int place>
inline F8 nibble(I8 words) {
  if constexpr (place == 7)
    return _mm256_cvtepi32_ps(_mm256_srli_epi32(words.bits, 28));
  else
    return _mm256_cvtepi32_ps(_mm256_and_si256(words.bits, _mm256_set1_epi32(15 << 4 * place)));
}
inline F8 signedBytes(const uint8_t* from) {
  return _mm256_cvtepi32_ps(
      _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
inline void prefetch(const void* line) {
  _mm_prefetch(static_cast<const char*>(line), _MM_HINT_T0);
}
/// Not into the nearest cache, which products fill.
inline void prefetchFar(const void* line) {
  _mm_prefetch(static_cast<const char*>(line), _MM_HINT_T1);
}
