#include "core/kernels/gelu.h"

#include <algorithm>
#include <vector>

#include "core/kernels/simd.h"
#include "core/kernels/sum.h"

namespace lab::kernels {
namespace {

constexpr float kRoot = 0.7978845608028654f;  // √(2/π)
constexpr float kCube = 0.044715f;

// (1 + tanh a)/2 = 1 / (1 + e^(−2a)): no cancellation where tanh is near −1.
LAB_INLINE float Gate(float u) {
  float a = kRoot * (u + kCube * u * u * u);
  return 1.0f / (1.0f + Exp(-2.0f * a));
}

template <class T>
LAB_CLONES void ForwardRow(int64_t columns, const T* __restrict x, const T* __restrict bias,
                           T* __restrict y) {
  if (bias) {
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) {
      float u = Load(x[c]) + Load(bias[c]);
      Store(u * Gate(u), y[c]);
    }
  } else {
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) Store(Load(x[c]) * Gate(Load(x[c])), y[c]);
  }
}

// With e = e^(−2a) the gate is 1/(1 + e) and 1 − gate is e/(1 + e), which stays exact near 1.
LAB_INLINE float Slope(float u) {
  float e = Exp(-2.0f * kRoot * (u + kCube * u * u * u));
  float gate = 1.0f / (1.0f + e);
  return gate + u * gate * (e * gate) * 2.0f * kRoot * (1.0f + 3.0f * kCube * u * u);
}

template <class T>
LAB_CLONES void BackwardRow(int64_t columns, const T* __restrict x, const T* __restrict bias,
                            const T* __restrict dy, T* __restrict dx, float* __restrict dbias) {
  if (bias) {
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) {
      Store(Load(dy[c]) * Slope(Load(x[c]) + Load(bias[c])), dx[c]);
    }
  } else {
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) Store(Load(dy[c]) * Slope(Load(x[c])), dx[c]);
  }
  if (dbias) {
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) dbias[c] += Load(dx[c]);
  }
}

}  // namespace

template <class T>
void BiasGelu(int64_t rows, int64_t columns, const T* x, const T* bias, T* y) {
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t r = 0; r < rows; ++r) {
    ForwardRow(columns, x + r * columns, bias, y + r * columns);
  }
}

template <class T>
void BiasGeluBackward(int64_t rows, int64_t columns, const T* x, const T* bias, const T* dy, T* dx,
                      float* dbias) {
  const int64_t count = CeilDiv(rows, kRowsPerPartial);
  std::vector<float> partials(dbias ? count * columns : 0);
#pragma omp parallel for schedule(static) if (rows * columns > kParallelElements)
  for (int64_t p = 0; p < count; ++p) {
    float* partial = dbias ? partials.data() + p * columns : nullptr;
    int64_t end = std::min(rows, (p + 1) * kRowsPerPartial);
    for (int64_t r = p * kRowsPerPartial; r < end; ++r) {
      BackwardRow(columns, x + r * columns, bias, dy + r * columns, dx + r * columns, partial);
    }
  }
  if (dbias) AddPartials(count, columns, partials.data(), dbias);
}

template void BiasGelu(int64_t, int64_t, const float*, const float*, float*);
template void BiasGelu(int64_t, int64_t, const BFloat16*, const BFloat16*, BFloat16*);
template void BiasGeluBackward(int64_t, int64_t, const float*, const float*, const float*, float*,
                               float*);
template void BiasGeluBackward(int64_t, int64_t, const BFloat16*, const BFloat16*, const BFloat16*,
                               BFloat16*, float*);

}  // namespace lab::kernels
