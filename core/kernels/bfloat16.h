#pragma once

// bfloat16: the upper half of a float. Kernels read it, compute in fp32 and round once on the way
// out. Bit-compatible with c10::BFloat16, which this folder cannot see.

#include <bit>
#include <cstdint>

namespace lab::kernels {

struct BFloat16 {
  uint16_t bits;
};

// Of one element, exactly; a float is itself. So that one loop serves both types.
[[gnu::always_inline]] inline float Load(float x) { return x; }
[[gnu::always_inline]] inline float Load(BFloat16 x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}

// y = x, rounded to nearest, ties to even; NaN stays NaN.
[[gnu::always_inline]] inline void Store(float x, float& y) { y = x; }
[[gnu::always_inline]] inline void Store(float x, BFloat16& y) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  const uint32_t quiet = (bits >> 16) | 0x40u;  // a NaN must not round to infinity
  y.bits = static_cast<uint16_t>((bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded);
}

// Single-threaded, for `count` elements.
void Widen(int64_t count, const BFloat16* x, float* y);
void Round(int64_t count, const float* x, BFloat16* y);

}  // namespace lab::kernels
