#include "core/kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

template <class T>
LAB_CLONES float Largest(int64_t count, const T* x) {
  float largest = Load(x[0]);
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < count; ++i) largest = Load(x[i]) > largest ? Load(x[i]) : largest;
  return largest;
}

template <class T>
LAB_CLONES float SumExp(int64_t count, const T* x, float shift) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += Exp(Load(x[i]) - shift);
  return sum;
}

template <class T>
LAB_CLONES void Softmax(int64_t count, float log_sum_exp, float factor, T* x) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) Store(factor * Exp(Load(x[i]) - log_sum_exp), x[i]);
}

template <class T>
float LogSumExp(int64_t vocab, const T* row) {
  constexpr int64_t kBlock = 4096;  // short enough that a float sum stays exact to a few ulps
  const float largest = Largest(vocab, row);
  double sum = 0;
  for (int64_t begin = 0; begin < vocab; begin += kBlock) {
    sum += SumExp(std::min(kBlock, vocab - begin), row + begin, largest);
  }
  return static_cast<float>(largest + std::log(sum));
}

}  // namespace

template <class T>
double CrossEntropy(int64_t rows, int64_t vocab, const T* logits, const int64_t* targets,
                    float* log_sum_exp) {
  std::vector<double> losses(rows);
#pragma omp parallel for schedule(static) if (rows * vocab > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    log_sum_exp[r] = LogSumExp(vocab, logits + r * vocab);
    losses[r] = static_cast<double>(log_sum_exp[r]) - Load(logits[r * vocab + targets[r]]);
  }
  double sum = 0;
  for (double loss : losses) sum += loss;
  return sum;
}

template <class T>
void CrossEntropyBackward(int64_t rows, int64_t vocab, const int64_t* targets,
                          const float* log_sum_exp, float factor, T* logits) {
#pragma omp parallel for schedule(static) if (rows * vocab > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    T& right = logits[r * vocab + targets[r]];
    const float probability = Exp(Load(right) - log_sum_exp[r]);
    Softmax(vocab, log_sum_exp[r], factor, logits + r * vocab);
    Store(factor * probability - factor,
          right);  // not from the rounded product: 1 − p may be small
  }
}

template double CrossEntropy(int64_t, int64_t, const float*, const int64_t*, float*);
template double CrossEntropy(int64_t, int64_t, const BFloat16*, const int64_t*, float*);
template void CrossEntropyBackward(int64_t, int64_t, const int64_t*, const float*, float, float*);
template void CrossEntropyBackward(int64_t, int64_t, const int64_t*, const float*, float,
                                   BFloat16*);

}  // namespace lab::kernels
