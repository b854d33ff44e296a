// The kernels for processors with AVX2, FMA and F16C.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <type_traits>

#include "half.h"
#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

namespace whence::decoder::avx2 {
namespace {
#include "lanes_x86.h"
#include "pointwise_lanes.h"
#include "product_lanes.h"
// After the first, whose helpers it uses.
#include "attention_lanes.h"
}  // namespace

const Kernels kernels{"avx2", prepare,      multiply, normalise, accumulate, gateUp,
                      rotate, writeKeyValue, attend,   project,   expand,     largestIndex};

}  // namespace whence::decoder::avx2
#pragma clang attribute pop
#endif
