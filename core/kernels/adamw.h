#pragma once

// The AdamW update in one pass over weights, gradients and moments. Plain pointers; OpenMP inside.
// Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2.

#include <cstdint>

#include "core/kernels/bfloat16.h"

namespace lab::kernels {

struct AdamWStep {
  double learning_rate = 0;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double gradient_factor = 1;  // clipping, folded in
  int64_t step = 1;            // the first update is 1
};

struct AdamWSums {
  double update_squared = 0;  // Σ (w_new − w_old)²
  double weight_squared = 0;  // Σ w_new²
};

// With g = gradient_factor · gradient and t = step, for each element:
//   m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
//   w ← w − η λ w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
// λ is weight_decay for elements below `decayed` and 0 for the others.
// Where `rounded` is not null it gets w as bf16: w are then the master copies, `rounded` what the
// forward uses. The result does not depend on the number of threads.
AdamWSums AdamWUpdate(const AdamWStep& step, int64_t decayed, int64_t count, float* weights,
                      const float* gradients, float* exp_avg, float* exp_avg_sq,
                      BFloat16* rounded = nullptr);

}  // namespace lab::kernels
