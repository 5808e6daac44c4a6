#include "core/kernels/layer_norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/simd.h"
#include "core/kernels/sum.h"

namespace lab::kernels {
namespace {

template <class T>
LAB_CLONES void ForwardRow(int64_t columns, float epsilon, const T* __restrict x,
                           const T* __restrict weight, const T* __restrict bias, T* __restrict y,
                           float* mean_out, float* rstd_out) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < columns; ++c) sum += Load(x[c]);
  const float mean = sum / static_cast<float>(columns);
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t c = 0; c < columns; ++c) squares += (Load(x[c]) - mean) * (Load(x[c]) - mean);
  const float rstd = 1.0f / std::sqrt(squares / static_cast<float>(columns) + epsilon);
#pragma omp simd
  for (int64_t c = 0; c < columns; ++c) {
    Store((Load(x[c]) - mean) * rstd * Load(weight[c]) + Load(bias[c]), y[c]);
  }
  *mean_out = mean;
  *rstd_out = rstd;
}

// With n = (x − mean)·rstd and a = dy·weight: dx = rstd · (a − mean(a) − n · mean(a·n)).
template <class T>
LAB_CLONES void BackwardRow(int64_t columns, const T* __restrict x, const T* __restrict weight,
                            float mean, float rstd, const T* __restrict dy, T* __restrict dx,
                            float* __restrict dweight, float* __restrict dbias) {
  float sum = 0, product = 0;
#pragma omp simd reduction(+ : sum, product)
  for (int64_t c = 0; c < columns; ++c) {
    float a = Load(dy[c]) * Load(weight[c]);
    sum += a;
    product += a * ((Load(x[c]) - mean) * rstd);
  }
  const float mean_a = sum / static_cast<float>(columns);
  const float mean_an = product / static_cast<float>(columns);
#pragma omp simd
  for (int64_t c = 0; c < columns; ++c) {
    float n = (Load(x[c]) - mean) * rstd, slope = Load(dy[c]);
    Store(rstd * (slope * Load(weight[c]) - mean_a - n * mean_an), dx[c]);
    dweight[c] += slope * n;
    dbias[c] += slope;
  }
}

}  // namespace

template <class T>
void LayerNorm(int64_t rows, int64_t columns, float epsilon, const T* x, const T* weight,
               const T* bias, T* y, float* mean, float* rstd) {
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    ForwardRow(columns, epsilon, x + r * columns, weight, bias, y + r * columns, mean + r,
               rstd + r);
  }
}

template <class T>
void LayerNormBackward(int64_t rows, int64_t columns, const T* x, const T* weight,
                       const float* mean, const float* rstd, const T* dy, T* dx, float* dweight,
                       float* dbias) {
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

template void LayerNorm(int64_t, int64_t, float, const float*, const float*, const float*, float*,
                        float*, float*);
template void LayerNorm(int64_t, int64_t, float, const BFloat16*, const BFloat16*, const BFloat16*,
                        BFloat16*, float*, float*);
template void LayerNormBackward(int64_t, int64_t, const float*, const float*, const float*,
                                const float*, const float*, float*, float*, float*);
template void LayerNormBackward(int64_t, int64_t, const BFloat16*, const BFloat16*, const float*,
                                const float*, const BFloat16*, BFloat16*, float*, float*);

}  // namespace lab::kernels
