#include "kernels.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>

// The attribute lets one file hold AVX2 code while the program still starts without it.
#define WHENCE_AVX2 __attribute__((target("avx2,fma")))

namespace whence::kernels {
namespace {

constexpr size_t lanes = 8;

/// All bits set in the first `count` lanes.
WHENCE_AVX2 inline __m256i firstLanes(size_t count) {
  alignas(32) static const int32_t window[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(window + lanes - count));
}

/// Up to eight floats; missing lanes read as zero.
WHENCE_AVX2 inline __m256 load(const float* from, size_t count) {
  return count >= lanes ? _mm256_loadu_ps(from) : _mm256_maskload_ps(from, firstLanes(count));
}

WHENCE_AVX2 inline void store(float* into, __m256 value, size_t count) {
  if (count >= lanes) {
    _mm256_storeu_ps(into, value);
  } else {
    _mm256_maskstore_ps(into, firstLanes(count), value);
  }
}

/// Keeps the first `count` lanes and puts `filler` into the rest.
WHENCE_AVX2 inline __m256 filled(__m256 value, __m256 filler, size_t count) {
  if (count >= lanes) return value;
  return _mm256_blendv_ps(filler, value, _mm256_castsi256_ps(firstLanes(count)));
}

WHENCE_AVX2 inline float sum(__m256 value) {
  alignas(32) float lane[lanes];
  _mm256_store_ps(lane, value);
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

WHENCE_AVX2 inline float largest(__m256 value) {
  alignas(32) float lane[lanes];
  _mm256_store_ps(lane, value);
  return *std::max_element(lane, lane + lanes);
}

/// eˣ within 2 ulp: x = n ln 2 + r with |r| ≤ ln 2 / 2 and a degree-6 Taylor polynomial for eʳ.
/// Clamped to ±87, where single precision ends; the operand order lets a NaN through.
WHENCE_AVX2 inline __m256 exponential(__m256 x) {
  x = _mm256_max_ps(_mm256_set1_ps(-87.0f), _mm256_min_ps(_mm256_set1_ps(87.0f), x));
  const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504089f)),
                                   _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln 2 in two parts, the first exact in few bits, so that r keeps its low bits.
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693145752f), x);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(1.42860677e-6f), r);
  __m256 p = _mm256_set1_ps(1.0f / 720);
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 120));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 24));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 6));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(0.5f));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f));
  const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

WHENCE_AVX2 inline __m256 logistic(__m256 x) {
  const __m256 one = _mm256_set1_ps(1.0f);
  const __m256 decay = exponential(_mm256_sub_ps(_mm256_setzero_ps(), x));
  return _mm256_div_ps(one, _mm256_add_ps(one, decay));
}

/// erf |x| within 2e-7: formula 7.1.26 of Abramowitz and Stegun.
WHENCE_AVX2 inline __m256 errorFunction(__m256 magnitude) {
  const __m256 one = _mm256_set1_ps(1.0f);
  const __m256 t =
      _mm256_div_ps(one, _mm256_fmadd_ps(_mm256_set1_ps(0.3275911f), magnitude, one));
  __m256 p = _mm256_set1_ps(1.061405429f);
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(-1.453152027f));
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(1.421413741f));
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(-0.284496736f));
  p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(0.254829592f));
  const __m256 decay =
      exponential(_mm256_sub_ps(_mm256_setzero_ps(), _mm256_mul_ps(magnitude, magnitude)));
  return _mm256_fnmadd_ps(_mm256_mul_ps(p, t), decay, one);
}

WHENCE_AVX2 float largestOf(const float* row, size_t count) {
  const __m256 lowest = _mm256_set1_ps(-INFINITY);
  __m256 best = lowest;
  for (size_t i = 0; i < count; i += lanes) {
    best = _mm256_max_ps(best, filled(load(row + i, count - i), lowest, count - i));
  }
  return largest(best);
}

}  // namespace

bool supported() {
  static const bool answer = __builtin_cpu_supports("avx2") &&
                             __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  return answer;
}

WHENCE_AVX2 void swiglu(const float* gate, const float* up, float* out, size_t count) {
  for (size_t i = 0; i < count; i += lanes) {
    const __m256 g = load(gate + i, count - i);
    const __m256 activated = _mm256_mul_ps(g, logistic(g));
    store(out + i, _mm256_mul_ps(activated, load(up + i, count - i)), count - i);
  }
}

WHENCE_AVX2 void swigluGradient(const float* gate, const float* up, const float* upstream,
                                float* gateGradient, float* upGradient, size_t count) {
  const __m256 one = _mm256_set1_ps(1.0f);
  for (size_t i = 0; i < count; i += lanes) {
    const size_t left = count - i;
    const __m256 g = load(gate + i, left), d = load(upstream + i, left);
    const __m256 s = logistic(g);
    store(upGradient + i, _mm256_mul_ps(d, _mm256_mul_ps(g, s)), left);
    // d/dg g·σ(g) = σ(g) · (1 + g · (1 − σ(g)))
    const __m256 slope = _mm256_mul_ps(s, _mm256_fmadd_ps(g, _mm256_sub_ps(one, s), one));
    const __m256 through = _mm256_mul_ps(d, load(up + i, left));
    store(gateGradient + i, _mm256_mul_ps(through, slope), left);
  }
}

WHENCE_AVX2 void gelu(const float* x, float* out, size_t count) {
  const __m256 sign = _mm256_set1_ps(-0.0f), half = _mm256_set1_ps(0.5f);
  for (size_t i = 0; i < count; i += lanes) {
    const __m256 v = load(x + i, count - i);
    const __m256 scaled = _mm256_mul_ps(v, _mm256_set1_ps(0.707106781f));
    const __m256 magnitude = errorFunction(_mm256_andnot_ps(sign, scaled));
    const __m256 e = _mm256_or_ps(magnitude, _mm256_and_ps(sign, scaled));
    store(out + i, _mm256_mul_ps(v, _mm256_fmadd_ps(half, e, half)), count - i);
  }
}

WHENCE_AVX2 float logSumExp(const float* row, size_t count) {
  const float peak = largestOf(row, count);
  const __m256 shift = _mm256_set1_ps(peak), zero = _mm256_setzero_ps();
  __m256 total = zero;
  for (size_t i = 0; i < count; i += lanes) {
    const __m256 e = exponential(_mm256_sub_ps(load(row + i, count - i), shift));
    total = _mm256_add_ps(total, filled(e, zero, count - i));
  }
  return peak + std::log(sum(total));
}

WHENCE_AVX2 void crossEntropyGradient(const float* row, size_t count, size_t target, float logSum,
                                      float upstream, float* out) {
  const __m256 shift = _mm256_set1_ps(logSum), factor = _mm256_set1_ps(upstream);
  for (size_t i = 0; i < count; i += lanes) {
    const __m256 p = exponential(_mm256_sub_ps(load(row + i, count - i), shift));
    store(out + i, _mm256_mul_ps(factor, p), count - i);
  }
  out[target] -= upstream;
}

WHENCE_AVX2 void softmaxRow(const float* row, size_t columns, size_t visible, float scale,
                            float* out) {
  const __m256 shift = _mm256_set1_ps(largestOf(row, visible)), zero = _mm256_setzero_ps();
  const __m256 factor = _mm256_set1_ps(scale);
  __m256 total = zero;
  for (size_t i = 0; i < visible; i += lanes) {
    const size_t left = visible - i;
    const __m256 distance = _mm256_sub_ps(load(row + i, left), shift);
    const __m256 e = filled(exponential(_mm256_mul_ps(factor, distance)), zero, left);
    total = _mm256_add_ps(total, e);
    store(out + i, e, left);
  }
  const __m256 inverse = _mm256_set1_ps(1.0f / sum(total));
  for (size_t i = 0; i < visible; i += lanes) {
    store(out + i, _mm256_mul_ps(inverse, load(out + i, visible - i)), visible - i);
  }
  std::memset(out + visible, 0, (columns - visible) * sizeof(float));
}

WHENCE_AVX2 void softmaxRowGradient(const float* probabilities, const float* upstream,
                                    size_t columns, size_t visible, float scale, float* out) {
  __m256 dot = _mm256_setzero_ps();
  for (size_t i = 0; i < visible; i += lanes) {
    dot = _mm256_fmadd_ps(load(probabilities + i, visible - i), load(upstream + i, visible - i),
                          dot);
  }
  const __m256 centre = _mm256_set1_ps(sum(dot)), factor = _mm256_set1_ps(scale);
  for (size_t i = 0; i < visible; i += lanes) {
    const size_t left = visible - i;
    const __m256 d = _mm256_sub_ps(load(upstream + i, left), centre);
    store(out + i, _mm256_mul_ps(factor, _mm256_mul_ps(load(probabilities + i, left), d)), left);
  }
  std::memset(out + visible, 0, (columns - visible) * sizeof(float));
}

WHENCE_AVX2 void adamw(const AdamW& b, size_t count, const ctensors_adamw_settings& settings) {
  const __m256 beta1 = _mm256_set1_ps(settings.first_decay);
  const __m256 beta2 = _mm256_set1_ps(settings.second_decay);
  const __m256 rest1 = _mm256_set1_ps(1 - settings.first_decay);
  const __m256 rest2 = _mm256_set1_ps(1 - settings.second_decay);
  const __m256 correct1 = _mm256_set1_ps(settings.first_correction);
  const __m256 correct2 = _mm256_set1_ps(settings.second_correction);
  const __m256 epsilon = _mm256_set1_ps(settings.epsilon);
  const __m256 rate = _mm256_set1_ps(settings.learning_rate);
  const __m256 decay = _mm256_set1_ps(settings.weight_decay);
  for (size_t i = 0; i < count; i += lanes) {
    const size_t left = count - i;
    const __m256 g = load(b.gradient + i, left), p = load(b.parameter + i, left);
    const __m256 m = _mm256_fmadd_ps(beta1, load(b.first + i, left), _mm256_mul_ps(rest1, g));
    const __m256 v = _mm256_fmadd_ps(beta2, load(b.second + i, left),
                                     _mm256_mul_ps(rest2, _mm256_mul_ps(g, g)));
    const __m256 spread = _mm256_sqrt_ps(_mm256_mul_ps(v, correct2));
    const __m256 step =
        _mm256_div_ps(_mm256_mul_ps(m, correct1), _mm256_add_ps(spread, epsilon));
    const __m256 move = _mm256_fmadd_ps(decay, p, step);
    store(b.newParameter + i, _mm256_fnmadd_ps(rate, move, p), left);
    store(b.newFirst + i, m, left);
    store(b.newSecond + i, v, left);
  }
}

}  // namespace whence::kernels
