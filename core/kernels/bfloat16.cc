#include "core/kernels/bfloat16.h"

#include "core/kernels/simd.h"

namespace lab::kernels {
namespace {

LAB_CLONES void WidenAll(int64_t count, const BFloat16* __restrict x, float* __restrict y) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) y[i] = Load(x[i]);
}

LAB_CLONES void RoundAll(int64_t count, const float* __restrict x, BFloat16* __restrict y) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) Store(x[i], y[i]);
}

}  // namespace

void Widen(int64_t count, const BFloat16* x, float* y) { WidenAll(count, x, y); }
void Round(int64_t count, const float* x, BFloat16* y) { RoundAll(count, x, y); }

}  // namespace lab::kernels
