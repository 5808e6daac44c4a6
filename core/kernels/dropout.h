#pragma once

// Dropout whose mask is a pure function of (seed, site, step, row, element), so that fused,
// explicit and recomputed forwards and any split of a batch see the same one. Layout in
// docs/formats/random.md. T is float or BFloat16. Plain pointers; OpenMP inside.
// Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".

#include <cstdint>

namespace lab::kernels {

// Where in the model a mask is drawn.
constexpr uint32_t DropoutSiteEmbedding() { return 0; }
constexpr uint32_t DropoutSiteAttention(int64_t layer) {
  return 1 + 3 * static_cast<uint32_t>(layer);
}
constexpr uint32_t DropoutSiteAttentionOut(int64_t layer) {
  return 2 + 3 * static_cast<uint32_t>(layer);
}
constexpr uint32_t DropoutSiteMlpOut(int64_t layer) { return 3 + 3 * static_cast<uint32_t>(layer); }

struct DropoutMask {
  uint64_t seed = 0;
  uint64_t step = 0;
  uint32_t site = 0;      // below 2^12
  int64_t first_row = 0;  // of this call, in the step's whole batch; rows stay below 2^20
  float probability = 0;  // of dropping, in [0, 1)
};

// factors[i] for elements first … first + count − 1 of `row`: 0 with `probability`, else
// 1 / (1 − probability). Single-threaded.
void DropoutFactors(const DropoutMask& mask, int64_t row, int64_t first, int64_t count,
                    float* factors);

// y = x · factors; x and y are [rows, columns], a row being a whole sequence of the batch: element
// index t · C + c. y may be x. Serves as its own backward pass.
template <class T>
void Dropout(const DropoutMask& mask, int64_t rows, int64_t columns, const T* x, T* y);

}  // namespace lab::kernels
