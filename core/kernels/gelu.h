#pragma once

// GELU in the tanh form that GPT-2 uses ("gelu_new"), with the bias before it folded in. T is float
// or BFloat16, the arithmetic fp32. Plain pointers; OpenMP inside. Hendrycks & Gimpel 2016,
// arXiv:1606.08415.

#include <cstdint>

namespace lab::kernels {

// y[r, c] = GELU(x[r, c] + bias[c]); bias may be null. x, y: [rows, columns].
//   GELU(u) = u/2 · (1 + tanh(√(2/π) (u + 0.044715 u³)))
template <class T>
void BiasGelu(int64_t rows, int64_t columns, const T* x, const T* bias, T* y);

// dx = dy · GELU'(x + bias), and dbias[c] += Σ over rows of dx[r, c] where dbias is not null.
template <class T>
void BiasGeluBackward(int64_t rows, int64_t columns, const T* x, const T* bias, const T* dy, T* dx,
                      float* dbias);

}  // namespace lab::kernels
