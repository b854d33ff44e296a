// The decoder's kernels one by one, for tests and measurements.
#pragma once
#include "cdecoder.h"

#ifdef __cplusplus
extern "C" {
#endif

// A matrix by itself.
typedef struct cdecoder_packed cdecoder_packed;
cdecoder_status cdecoder_packed_create(cdecoder_packed *_Nullable *_Nonnull out,
                                       const cdecoder_stored *_Nonnull stored);
void cdecoder_packed_destroy(cdecoder_packed *_Nonnull packed);
// x [rows, columns] times the transposed matrix; rows of `out` are whole eights of floats apart.
cdecoder_status cdecoder_multiply(cdecoder_path path, const cdecoder_packed *_Nonnull packed,
                                  const float *_Nonnull x, size_t rows, float *_Nonnull out);
cdecoder_status cdecoder_normalise(cdecoder_path path, const float *_Nonnull x,
                                   const float *_Nonnull weight, float epsilon, size_t count,
                                   float *_Nonnull out);
// silu(gate) · up.
cdecoder_status cdecoder_gate_up(cdecoder_path path, const float *_Nonnull gate,
                                 const float *_Nonnull up, size_t count, float *_Nonnull out);
// Rotates a head by its pairs' angles.
cdecoder_status cdecoder_rotate(cdecoder_path path, float *_Nonnull head,
                                const float *_Nonnull cosines, const float *_Nonnull sines,
                                size_t width, bool neighbours);
// out [heads, width] = softmax(q kᵀ / √width) v over keys and values [visible, width], which are
// first written to pages that stand in any order.
cdecoder_status cdecoder_attend(cdecoder_path path, const float *_Nonnull queries, size_t heads,
                                size_t width, const float *_Nonnull keys,
                                const float *_Nonnull values, size_t visible, bool is_half,
                                float *_Nonnull out);
// y [rows, outputs] += factor · B A x for rows of x, with packed A and B; rows of y are whole eights
// of floats apart.
cdecoder_status cdecoder_adapt(cdecoder_path path, const uint16_t *_Nonnull a,
                               const uint16_t *_Nonnull b, size_t rank, size_t columns,
                               size_t outputs, const float *_Nonnull x, size_t rows, float factor,
                               float *_Nonnull y);
cdecoder_status cdecoder_find_largest(cdecoder_path path, const float *_Nonnull values,
                                      size_t count, size_t *_Nonnull index);

#ifdef __cplusplus
}
#endif
