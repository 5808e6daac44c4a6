#include "core/kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

LAB_CLONES float Largest(int64_t count, const float* x) {
  float largest = x[0];
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < count; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

LAB_CLONES float SumExp(int64_t count, const float* x, float shift) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += Exp(x[i] - shift);
  return sum;
}

LAB_CLONES void Softmax(int64_t count, float log_sum_exp, float factor, float* x) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) x[i] = factor * Exp(x[i] - log_sum_exp);
}

float LogSumExp(int64_t vocab, const float* row) {
  constexpr int64_t kBlock = 4096;  // short enough that a float sum stays exact to a few ulps
  const float largest = Largest(vocab, row);
  double sum = 0;
  for (int64_t begin = 0; begin < vocab; begin += kBlock) {
    sum += SumExp(std::min(kBlock, vocab - begin), row + begin, largest);
  }
  return static_cast<float>(largest + std::log(sum));
}

}  // namespace

double CrossEntropy(int64_t rows, int64_t vocab, const float* logits, const int64_t* targets,
                    float* log_sum_exp) {
  std::vector<double> losses(rows);
#pragma omp parallel for schedule(static) if (rows * vocab > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    log_sum_exp[r] = LogSumExp(vocab, logits + r * vocab);
    losses[r] = static_cast<double>(log_sum_exp[r]) - logits[r * vocab + targets[r]];
  }
  double sum = 0;
  for (double loss : losses) sum += loss;
  return sum;
}

void CrossEntropyBackward(int64_t rows, int64_t vocab, const int64_t* targets,
                          const float* log_sum_exp, float factor, float* logits) {
#pragma omp parallel for schedule(static) if (rows * vocab > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    Softmax(vocab, log_sum_exp[r], factor, logits + r * vocab);
    logits[r * vocab + targets[r]] -= factor;
  }
}

}  // namespace lab::kernels
