#pragma once

// Cross-entropy of rows of logits with one right answer each, for a head that works in chunks of
// rows. T is float or BFloat16; sums are fp32 and wider. Plain pointers; OpenMP inside.

#include <cstdint>

namespace lab::kernels {

// log_sum_exp[r] = ln Σ exp(logits[r, v]); returns Σ over rows of −ln p(targets[r]), in double.
// logits: [rows, vocab]. Requires: targets in 0 … vocab − 1.
template <class T>
double CrossEntropy(int64_t rows, int64_t vocab, const T* logits, const int64_t* targets,
                    float* log_sum_exp);

// In place: logits[r, v] ← factor · (softmax(logits[r])[v] − [v = targets[r]]).
template <class T>
void CrossEntropyBackward(int64_t rows, int64_t vocab, const int64_t* targets,
                          const float* log_sum_exp, float factor, T* logits);

}  // namespace lab::kernels
