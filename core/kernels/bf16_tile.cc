#include "core/kernels/bf16_tile.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

namespace lab::kernels {

bool HasAvx512Bf16() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512bf16");
}

// 24 sums, 4 vectors of b and one of a fill 29 of the 32 registers; each element of b that is
// loaded serves six rows.
__attribute__((target("avx512f,avx512bw,avx512bf16"))) void AddTile(int64_t pairs,
                                                                    const BFloat16* a,
                                                                    const BFloat16* b, float* c,
                                                                    int64_t stride) {
  constexpr int kVectors = kTileColumns / 16;
  __m512 sums[kTileRows][kVectors];
  for (int r = 0; r < kTileRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sums[r][v] = _mm512_loadu_ps(c + r * stride + 16 * v);
  }
  for (int64_t pair = 0; pair < pairs; ++pair) {
    __m512bh columns[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      columns[v] = (__m512bh)_mm512_loadu_si512(b + 2 * (kTileColumns * pair + 16 * v));
    }
    for (int r = 0; r < kTileRows; ++r) {
      int both;
      __builtin_memcpy(&both, a + 2 * (kTileRows * pair + r), sizeof(both));
      const __m512bh row = (__m512bh)_mm512_set1_epi32(both);
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] = _mm512_dpbf16_ps(sums[r][v], row, columns[v]);
      }
    }
  }
  for (int r = 0; r < kTileRows; ++r) {
    for (int v = 0; v < kVectors; ++v) _mm512_storeu_ps(c + r * stride + 16 * v, sums[r][v]);
  }
}

}  // namespace lab::kernels

#else

namespace lab::kernels {

bool HasAvx512Bf16() { return false; }
void AddTile(int64_t, const BFloat16*, const BFloat16*, float*, int64_t) { __builtin_trap(); }

}  // namespace lab::kernels

#endif
