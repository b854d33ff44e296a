// Our own cblas_sgemm. The program's symbol wins over every library's, so the tensor library's
// one-row products reach gemv (OpenBLAS's gemm spends its time packing), a matrix's products with
// itself syrk (half the work), the rest OpenBLAS's gemm.
#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "ctensors.h"

namespace {
constexpr int rowMajor = 101, plain = 111, transposed = 112, upper = 121;

using Gemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int,
                      float, float*, int);

/// The gemm behind ours: that of the first library on the link line.
Gemm nextGemm() {
  static const Gemm gemm = reinterpret_cast<Gemm>(dlsym(RTLD_NEXT, "cblas_sgemm"));
  return gemm;
}

/// Copies what stands above the diagonal below it, block by block.
void mirror(float* matrix, int size, int stride) {
  constexpr int block = 32;
  for (int top = 0; top < size; top += block)
    for (int left = 0; left <= top; left += block)
      for (int row = top; row < std::min(size, top + block); row++)
        for (int column = left; column < std::min(row, left + block); column++)
          matrix[static_cast<size_t>(row) * stride + column] =
              matrix[static_cast<size_t>(column) * stride + row];
}
}  // namespace

extern "C" {

void cblas_sgemv(int order, int transpose, int rows, int columns, float alpha, const float* matrix,
                 int stride, const float* x, int xStep, float beta, float* y, int yStep);
void cblas_ssyrk(int order, int triangle, int transpose, int size, int k, float alpha,
                 const float* a, int strideA, float beta, float* c, int strideC);

__attribute__((visibility("default"))) void cblas_sgemm(
    int order, int transposeA, int transposeB, int m, int n, int k, float alpha, const float* a,
    int strideA, const float* b, int strideB, float beta, float* c, int strideC) {
  if (order == rowMajor && m == 1 && transposeA == plain) {
    const bool flipped = transposeB == transposed;
    cblas_sgemv(rowMajor, flipped ? plain : transposed, flipped ? n : k, flipped ? k : n, alpha, b,
                strideB, a, 1, beta, c, 1);
    return;
  }
  // Of a few columns, gemm is as fast.
  if (order == rowMajor && transposeA == transposed && transposeB == plain && a == b && m == n &&
      m >= 64 && strideA == strideB && beta == 0) {
    cblas_ssyrk(rowMajor, upper, transposed, m, k, alpha, a, strideA, beta, c, strideC);
    mirror(c, m, strideC);
    return;
  }
  nextGemm()(order, transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC);
}

bool ctensors_blas_is_bound(void) {
  // What the dynamic linker gives the tensor library must be ours, and behind it OpenBLAS.
  const auto ours = reinterpret_cast<void*>(&cblas_sgemm);
  Dl_info info;
  return dlsym(RTLD_DEFAULT, "cblas_sgemm") == ours && nextGemm() != nullptr &&
         dladdr(reinterpret_cast<void*>(nextGemm()), &info) != 0 &&
         std::strstr(info.dli_fname, "openblas") != nullptr;
}
}
