#pragma once

// GELU in the tanh form that GPT-2 uses ("gelu_new"), with the bias before it folded in. Plain
// pointers; OpenMP inside. Hendrycks & Gimpel 2016, arXiv:1606.08415.

#include <cstdint>

namespace lab::kernels {

// y[r, c] = GELU(x[r, c] + bias[c]); bias may be null. x, y: [rows, columns].
//   GELU(u) = u/2 · (1 + tanh(√(2/π) (u + 0.044715 u³)))
void BiasGelu(int64_t rows, int64_t columns, const float* x, const float* bias, float* y);

// dx = dy · GELU'(x + bias), and dbias[c] += Σ over rows of dx[r, c] where dbias is not null.
void BiasGeluBackward(int64_t rows, int64_t columns, const float* x, const float* bias,
                      const float* dy, float* dx, float* dbias);

}  // namespace lab::kernels
