#pragma once

// The inner loop of bf16_product.cc for AVX-512 with bf16 instructions. Intrinsics and plain
// pointers only.

#include <cstdint>

#include "core/kernels/bfloat16.h"

namespace lab::kernels {

inline constexpr int64_t kTileRows = 6;      // of c, one a-broadcast each
inline constexpr int64_t kTileColumns = 64;  // of c, four vectors

// The processor has the instructions, and the compiler knew them.
bool HasAvx512Bf16();

// c [6, 64], its rows `stride` floats apart, += Σ over pairs of k: a holds for each pair 6 × 2
// elements (both k of a row side by side), b holds 64 × 2. Requires: HasAvx512Bf16().
void AddTile(int64_t pairs, const BFloat16* a, const BFloat16* b, float* c, int64_t stride);

}  // namespace lab::kernels
