#pragma once

// The product that gradients of weights are: of two bf16 matrices, summed and kept in fp32, which
// LibTorch's own products cannot give. Plain pointers; OpenMP inside.

#include <cstdint>

#include "core/kernels/bfloat16.h"

namespace lab::kernels {

// How it is computed: with the processor's bf16 instructions, by a matrix library that has them in
// tiles (AMX), or widened to fp32. All three add the same exact products of two elements in fp32.
enum class Bf16Path { kAvx512, kLibrary, kWidened };

// The fastest of this machine. kAvx512 and kLibrary only where HasBf16Path.
Bf16Path BestBf16Path();
bool HasBf16Path(Bf16Path path);
const char* Bf16PathName(Bf16Path path);  // "avx512_bf16", "MKL", "widened to fp32"

// c [m, n] += aᵀ b, all row-major: a is [k, m], b is [k, n]. With kAvx512 the bits do not depend on
// the number of threads.
void AddTransposedProduct(int64_t m, int64_t n, int64_t k, const BFloat16* a, const BFloat16* b,
                          float* c, Bf16Path path = BestBf16Path());

}  // namespace lab::kernels
