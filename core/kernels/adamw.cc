#include "core/kernels/adamw.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

constexpr int64_t kChunk = 8192;  // elements; fixed, so that sums never depend on the threads

struct Factors {
  float gradient, keep, beta1, one_minus_beta1, beta2, one_minus_beta2, root, epsilon, rate;
};

LAB_CLONES void UpdateRange(const Factors& factors, int64_t count, float* __restrict w,
                            const float* __restrict g, float* __restrict m, float* __restrict v,
                            float* update_squared, float* weight_squared) {
  const Factors f = factors;
  float update_sum = 0, weight_sum = 0;
#pragma omp simd reduction(+ : update_sum, weight_sum)
  for (int64_t i = 0; i < count; ++i) {
    float gradient = g[i] * f.gradient;
    float mean = f.beta1 * m[i] + f.one_minus_beta1 * gradient;
    float square = f.beta2 * v[i] + f.one_minus_beta2 * gradient * gradient;
    float before = w[i];
    float after = before * f.keep - f.rate * mean / (std::sqrt(square) * f.root + f.epsilon);
    m[i] = mean;
    v[i] = square;
    w[i] = after;
    update_sum += (after - before) * (after - before);
    weight_sum += after * after;
  }
  *update_squared += update_sum;
  *weight_squared += weight_sum;
}

}  // namespace

AdamWSums AdamWUpdate(const AdamWStep& step, int64_t decayed, int64_t count, float* weights,
                      const float* gradients, float* exp_avg, float* exp_avg_sq,
                      BFloat16* rounded) {
  const double correction1 = 1 - std::pow(step.beta1, static_cast<double>(step.step));
  const double correction2 = 1 - std::pow(step.beta2, static_cast<double>(step.step));
  Factors plain;
  plain.gradient = static_cast<float>(step.gradient_factor);
  plain.keep = 1;
  plain.beta1 = static_cast<float>(step.beta1);
  plain.one_minus_beta1 = static_cast<float>(1 - step.beta1);
  plain.beta2 = static_cast<float>(step.beta2);
  plain.one_minus_beta2 = static_cast<float>(1 - step.beta2);
  plain.root = static_cast<float>(1 / std::sqrt(correction2));
  plain.epsilon = static_cast<float>(step.epsilon);
  plain.rate = static_cast<float>(step.learning_rate / correction1);
  Factors decaying = plain;
  decaying.keep = static_cast<float>(1 - step.learning_rate * step.weight_decay);

  const int64_t chunks = CeilDiv(count, kChunk);
  std::vector<float> update_squared(chunks), weight_squared(chunks);
#pragma omp parallel for schedule(static) if (count > kParallelElements)
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const int64_t begin = chunk * kChunk, end = std::min(count, begin + kChunk);
    const int64_t border = std::clamp(decayed, begin, end);
    UpdateRange(decaying, border - begin, weights + begin, gradients + begin, exp_avg + begin,
                exp_avg_sq + begin, &update_squared[chunk], &weight_squared[chunk]);
    UpdateRange(plain, end - border, weights + border, gradients + border, exp_avg + border,
                exp_avg_sq + border, &update_squared[chunk], &weight_squared[chunk]);
    if (rounded) Round(end - begin, weights + begin, rounded + begin);  // still in the cache
  }
  AdamWSums sums;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    sums.update_squared += update_squared[chunk];
    sums.weight_squared += weight_squared[chunk];
  }
  return sums;
}

}  // namespace lab::kernels
