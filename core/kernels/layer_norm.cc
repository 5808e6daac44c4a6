#include "core/kernels/layer_norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/simd.h"
#include "core/kernels/sum.h"

namespace lab::kernels {
namespace {

LAB_CLONES void ForwardRow(int64_t columns, float epsilon, const float* __restrict x,
                           const float* __restrict weight, const float* __restrict bias,
                           float* __restrict y, float* mean_out, float* rstd_out) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < columns; ++c) sum += x[c];
  const float mean = sum / static_cast<float>(columns);
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t c = 0; c < columns; ++c) squares += (x[c] - mean) * (x[c] - mean);
  const float rstd = 1.0f / std::sqrt(squares / static_cast<float>(columns) + epsilon);
#pragma omp simd
  for (int64_t c = 0; c < columns; ++c) y[c] = (x[c] - mean) * rstd * weight[c] + bias[c];
  *mean_out = mean;
  *rstd_out = rstd;
}

// With n = (x − mean)·rstd and a = dy·weight: dx = rstd · (a − mean(a) − n · mean(a·n)).
LAB_CLONES void BackwardRow(int64_t columns, const float* __restrict x,
                            const float* __restrict weight, float mean, float rstd,
                            const float* __restrict dy, float* __restrict dx,
                            float* __restrict dweight, float* __restrict dbias) {
  float sum = 0, product = 0;
#pragma omp simd reduction(+ : sum, product)
  for (int64_t c = 0; c < columns; ++c) {
    float a = dy[c] * weight[c];
    sum += a;
    product += a * ((x[c] - mean) * rstd);
  }
  const float mean_a = sum / static_cast<float>(columns);
  const float mean_an = product / static_cast<float>(columns);
#pragma omp simd
  for (int64_t c = 0; c < columns; ++c) {
    float n = (x[c] - mean) * rstd;
    dx[c] = rstd * (dy[c] * weight[c] - mean_a - n * mean_an);
    dweight[c] += dy[c] * n;
    dbias[c] += dy[c];
  }
}

}  // namespace

void LayerNorm(int64_t rows, int64_t columns, float epsilon, const float* x, const float* weight,
               const float* bias, float* y, float* mean, float* rstd) {
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    ForwardRow(columns, epsilon, x + r * columns, weight, bias, y + r * columns, mean + r,
               rstd + r);
  }
}

void LayerNormBackward(int64_t rows, int64_t columns, const float* x, const float* weight,
                       const float* mean, const float* rstd, const float* dy, float* dx,
                       float* dweight, float* dbias) {
  const int64_t count = CeilDiv(rows, kRowsPerPartial);
  std::vector<float> dweights(count * columns), dbiases(count * columns);
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t p = 0; p < count; ++p) {
    int64_t end = std::min(rows, (p + 1) * kRowsPerPartial);
    for (int64_t r = p * kRowsPerPartial; r < end; ++r) {
      BackwardRow(columns, x + r * columns, weight, mean[r], rstd[r], dy + r * columns,
                  dx + r * columns, dweights.data() + p * columns, dbiases.data() + p * columns);
    }
  }
  if (dweight) AddPartials(count, columns, dweights.data(), dweight);
  if (dbias) AddPartials(count, columns, dbiases.data(), dbias);
}

}  // namespace lab::kernels
