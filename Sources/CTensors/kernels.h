// The loops of our own primitives: AVX2 with FMA, any length, no tensor type in sight.
#pragma once
#include <cstddef>
#include <cstdint>

#include "ctensors.h"

namespace whence::kernels {

/// Whether this processor runs them.
bool supported();

void swiglu(const float* gate, const float* up, float* out, size_t count);
void swigluGradient(const float* gate, const float* up, const float* upstream, float* gateGradient,
                    float* upGradient, size_t count);

/// out = x · (1 + erf(x / √2)) / 2.
void gelu(const float* x, float* out, size_t count);

/// Returns ln Σ exp(row).
float logSumExp(const float* row, size_t count);
/// out = upstream · (softmax(row) − onehot(target)).
void crossEntropyGradient(const float* row, size_t count, size_t target, float logSum,
                          float upstream, float* out);

/// softmax(scale · row) over the first `visible` columns, zero after them.
void softmaxRow(const float* row, size_t columns, size_t visible, float scale, float* out);
void softmaxRowGradient(const float* probabilities, const float* upstream, size_t columns,
                        size_t visible, float scale, float* out);

struct AdamW {
  const float *parameter, *gradient, *first, *second;
  float *newParameter, *newFirst, *newSecond;
};
void adamw(const AdamW& buffers, size_t count, const ctensors_adamw_settings& settings);

struct StoredProduct {
  const uint8_t* weights;
  size_t rowBytes, rows, blocks;
  const float* x;
  const float* blockSums;  // of x, one for each block of 32
  float* out;
};
/// out = W x for weights stored as `format`, one of the block formats.
void storedProduct(const StoredProduct& product, uint32_t format);

}  // namespace whence::kernels
