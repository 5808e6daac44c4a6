#pragma once

// What the kernels' inner loops share: compilation for several instruction sets, fixed partitions
// and elementary functions that the compiler can vectorise. Only for .cc files of this folder.

#include <bit>
#include <cstdint>

#include "core/kernels/bfloat16.h"

// The function is compiled for AVX-512, AVX2 and the baseline; the loader picks once. Such a
// function holds plain loops only: an OpenMP region inside would not be cloned. Sanitizers come
// up after the loader has asked, so they get the baseline: the build says LAB_SANITIZED.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
    !defined(LAB_SANITIZED) && defined(__OPTIMIZE__)
#define LAB_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LAB_CLONES
#endif

#define LAB_INLINE inline __attribute__((always_inline))

namespace lab::kernels {

// Below this many elements a second thread costs more than it brings.
inline constexpr int64_t kParallelElements = 16384;

constexpr int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// e^x to about 1 ulp: 2^n · e^r with |r| <= ln 2 / 2, the Taylor series of e^r to r^7 / 7!.
// 0 below the normal range; NaN stays NaN.
LAB_INLINE float Exp(float x) {
  constexpr float kLowest = -87.33654f, kHighest = 88.72283f;
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer
  float bounded = x > kHighest ? kHighest : x;
  bounded = bounded < kLowest ? kLowest : bounded;
  float shifted = bounded * kLog2E + kRound;
  float n = shifted - kRound;
  float r = (bounded - n * kLn2High) - n * kLn2Low;
  float series = 1.0f / 5040;
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 0.5f;
  series = series * r + 1.0f;
  series = series * r + 1.0f;
  // 2^n as a product of two halves, each of which is a normal float at both ends of the range.
  int32_t half = static_cast<int32_t>(n) >> 1;
  int32_t rest = static_cast<int32_t>(n) - half;
  float result =
      series * std::bit_cast<float>((half + 127) << 23) * std::bit_cast<float>((rest + 127) << 23);
  return x < kLowest ? 0.0f : result;
}

}  // namespace lab::kernels
