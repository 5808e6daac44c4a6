#pragma once

// Layer normalisation over the last dimension. Plain pointers; OpenMP inside.
// Ba, Kiros & Hinton 2016, arXiv:1607.06450.

#include <cstdint>

namespace lab::kernels {

// For each row: y = (x − mean) · rstd · weight + bias, rstd = 1/√(variance + epsilon), the variance
// with 1/columns. mean and rstd, [rows], are kept for the backward pass.
void LayerNorm(int64_t rows, int64_t columns, float epsilon, const float* x, const float* weight,
               const float* bias, float* y, float* mean, float* rstd);

// dx, and dweight += , dbias += where they are not null.
void LayerNormBackward(int64_t rows, int64_t columns, const float* x, const float* weight,
                       const float* mean, const float* rstd, const float* dy, float* dx,
                       float* dweight, float* dbias);

}  // namespace lab::kernels
