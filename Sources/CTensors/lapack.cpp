// The one decomposition we need, on the BLAS and LAPACK inside OpenBLAS.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "internal.h"

extern "C" {
void ssyevd_(const char* job, const char* half, const int* n, float* matrix, const int* stride,
             float* values, float* work, const int* workSize, int* intWork, const int* intWorkSize,
             int* info);
void ssymm_(const char* side, const char* half, const int* m, const int* n, const float* alpha,
            const float* symmetric, const int* symmetricStride, const float* other,
            const int* otherStride, const float* beta, float* product, const int* productStride);
void sgemm_(const char* transposeA, const char* transposeB, const int* m, const int* n,
            const int* k, const float* alpha, const float* a, const int* strideA, const float* b,
            const int* strideB, const float* beta, float* product, const int* productStride);
void sgeqrf_(const int* m, const int* n, float* matrix, const int* stride, float* reflectors,
             float* work, const int* workSize, int* info);
void sorgqr_(const int* m, const int* n, const int* k, float* matrix, const int* stride,
             const float* reflectors, float* work, const int* workSize, int* info);
}

namespace {
const float one = 1;
const float zero = 0;

// Replaces a symmetric matrix by all its eigenvectors, a column each, smallest eigenvalue first.
void decompose(std::vector<float>& matrix, int n, std::vector<float>& values) {
  int info = 0;
  const int query = -1;
  float bestWork = 0;
  int bestIntWork = 0;
  ssyevd_("V", "L", &n, matrix.data(), &n, values.data(), &bestWork, &query, &bestIntWork, &query,
          &info);
  // The answer is a rounded float: a little more than it says is always enough.
  const int workSize = static_cast<int>(bestWork * 1.01f) + 1;
  std::vector<float> work(static_cast<size_t>(workSize));
  std::vector<int> intWork(static_cast<size_t>(bestIntWork));
  ssyevd_("V", "L", &n, matrix.data(), &n, values.data(), work.data(), &workSize, intWork.data(),
          &bestIntWork, &info);
  whence::require(info == 0, "the matrix has no eigenvectors: is it finite?");
}

// Replaces `columns` columns of `n` numbers by as many of length one at right angles.
void orthonormalise(std::vector<float>& block, int n, int columns) {
  std::vector<float> reflectors(static_cast<size_t>(columns));
  const int workSize = 64 * columns;
  std::vector<float> work(static_cast<size_t>(workSize));
  int info = 0;
  sgeqrf_(&n, &columns, block.data(), &n, reflectors.data(), work.data(), &workSize, &info);
  whence::require(info == 0, "a block can't be made orthogonal");
  sorgqr_(&n, &columns, &columns, block.data(), &n, reflectors.data(), work.data(), &workSize,
          &info);
  whence::require(info == 0, "a block can't be made orthogonal");
}

// Few eigenvectors of a large matrix by subspace iteration: products with a block of columns, then
// the small decomposition inside it. The start is fixed, so that the same matrix always gives the
// same directions, signs and all.
void iterate(const float* matrix, int n, int count, float* values, float* vectors) {
  const int rounds = 12;
  const int columns = std::min(n, count + 32);
  const size_t size = static_cast<size_t>(n) * static_cast<size_t>(columns);
  std::vector<float> block(size);
  std::uint64_t state = 0;
  for (float& value : block) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<std::int32_t>(state >> 32)) * 0x1p-31f;
  }
  std::vector<float> product(size);
  auto multiply = [&] {
    ssymm_("L", "L", &n, &columns, &one, matrix, &n, block.data(), &n, &zero, product.data(), &n);
  };
  for (int round = 0; round < rounds; ++round) {
    multiply();
    block.swap(product);
    orthonormalise(block, n, columns);
  }
  multiply();
  std::vector<float> inside(static_cast<size_t>(columns) * static_cast<size_t>(columns));
  sgemm_("T", "N", &columns, &columns, &n, &one, block.data(), &n, product.data(), &n, &zero,
         inside.data(), &columns);
  std::vector<float> all(static_cast<size_t>(columns));
  decompose(inside, columns, all);
  const int first = columns - count;
  sgemm_("N", "N", &n, &count, &columns, &one, block.data(), &n,
         inside.data() + static_cast<size_t>(first) * static_cast<size_t>(columns), &columns,
         &zero, vectors, &n);
  std::copy_n(all.begin() + first, count, values);
}
}  // namespace

extern "C" ctensors_status ctensors_eigen_symmetric(const float* matrix, int32_t width,
                                                    int32_t count, float* values,
                                                    float* vectors) {
  return whence::guarded([&] {
    whence::require(0 < count && count <= width, "no eigenvectors, or more than there are");
    // Below, all of them cost as little.
    if (count + 32 <= width / 2) return iterate(matrix, width, count, values, vectors);
    const size_t size = static_cast<size_t>(width) * static_cast<size_t>(width);
    std::vector<float> scratch(matrix, matrix + size);
    std::vector<float> all(static_cast<size_t>(width));
    decompose(scratch, width, all);
    const int first = width - count;
    std::copy_n(all.begin() + first, count, values);
    std::copy(scratch.begin() + static_cast<ptrdiff_t>(first) * width, scratch.end(), vectors);
  });
}
