#pragma once

// Layer normalisation over the last dimension. T is float or BFloat16; statistics and gradients of
// weight and bias are fp32. Plain pointers; OpenMP inside.
// Ba, Kiros & Hinton 2016, arXiv:1607.06450.

#include <cstdint>

namespace lab::kernels {

// For each row: y = (x − mean) · rstd · weight + bias, rstd = 1/√(variance + epsilon), the variance
// with 1/columns. mean and rstd, [rows], are kept for the backward pass.
template <class T>
void LayerNorm(int64_t rows, int64_t columns, float epsilon, const T* x, const T* weight,
               const T* bias, T* y, float* mean, float* rstd);

// dx, and dweight += , dbias += where they are not null.
template <class T>
void LayerNormBackward(int64_t rows, int64_t columns, const T* x, const T* weight,
                       const float* mean, const float* rstd, const T* dy, T* dx, float* dweight,
                       float* dbias);

}  // namespace lab::kernels
