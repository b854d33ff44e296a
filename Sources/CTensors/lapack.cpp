// The one decomposition we need, from the LAPACK inside OpenBLAS.
#include <vector>

#include "internal.h"

extern "C" {
void ssyevd_(const char* job, const char* half, const int* n, float* matrix, const int* stride,
             float* values, float* work, const int* workSize, int* intWork, const int* intWorkSize,
             int* info);

ctensors_status ctensors_eigen_symmetric(float* matrix, int32_t width, float* values) {
  return whence::guarded([&] {
    whence::require(width > 0, "an empty matrix");
    const int n = width;
    int info = 0;
    const int query = -1;
    float bestWork = 0;
    int bestIntWork = 0;
    ssyevd_("V", "L", &n, matrix, &n, values, &bestWork, &query, &bestIntWork, &query, &info);
    // The answer is a rounded float: a little more than it says is always enough.
    const int workSize = static_cast<int>(bestWork * 1.01f) + 1;
    std::vector<float> work(static_cast<size_t>(workSize));
    std::vector<int> intWork(static_cast<size_t>(bestIntWork));
    ssyevd_("V", "L", &n, matrix, &n, values, work.data(), &workSize, intWork.data(), &bestIntWork,
            &info);
    whence::require(info == 0, "the matrix has no eigenvectors: is it finite?");
  });
}
}
