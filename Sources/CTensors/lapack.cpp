// The one decomposition we need, from the LAPACK inside OpenBLAS.
#include <algorithm>
#include <vector>

#include "internal.h"

extern "C" {
void ssyevr_(const char* job, const char* range, const char* half, const int* n, float* matrix,
             const int* stride, const float* lowest, const float* highest, const int* first,
             const int* last, const float* tolerance, int* found, float* values, float* vectors,
             const int* vectorStride, int* support, float* work, const int* workSize,
             int* intWork, const int* intWorkSize, int* info);

ctensors_status ctensors_eigen_symmetric(float* matrix, int32_t width, int32_t count,
                                         float* values, float* vectors) {
  return whence::guarded([&] {
    whence::require(0 < count && count <= width, "no eigenvectors, or more than there are");
    const int n = width;
    const int first = width - count + 1;
    // No interval; the library's own tolerance.
    const float none = 0;
    const int query = -1;
    int found = 0;
    int info = 0;
    std::vector<float> all(static_cast<size_t>(width));
    std::vector<int> support(2 * static_cast<size_t>(width));
    auto decompose = [&](float* work, int workSize, int* intWork, int intWorkSize) {
      ssyevr_("V", "I", "L", &n, matrix, &n, &none, &none, &first, &n, &none, &found, all.data(),
              vectors, &n, support.data(), work, &workSize, intWork, &intWorkSize, &info);
    };
    float bestWork = 0;
    int bestIntWork = 0;
    decompose(&bestWork, query, &bestIntWork, query);
    // The answer is a rounded float: a little more than it says is always enough.
    std::vector<float> work(static_cast<size_t>(bestWork * 1.01f) + 1);
    std::vector<int> intWork(static_cast<size_t>(bestIntWork));
    decompose(work.data(), static_cast<int>(work.size()), intWork.data(), bestIntWork);
    whence::require(info == 0 && found == count,
                    "the matrix has no eigenvectors: is it finite?");
    std::copy_n(all.begin(), count, values);
  });
}
}
