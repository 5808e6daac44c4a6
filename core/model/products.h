#pragma once

// Matrix products in the precision of their operands: LibTorch's, but for the two things it has
// not got. On a processor without bf16 instructions its bf16 products are slow loops, so they are
// made by way of fp32; and it adds no product of bf16 matrices into an fp32 gradient. In every case
// sums are fp32. No gradients; one thread at a time.

#include <string>

#include <ATen/core/Tensor.h>

#include "core/tensor/precision.h"

namespace lab {

// a b + bias, in the type of a and b: a [m, k], b [k, n], bias [n] or undefined. `widen` is for
// tests.
at::Tensor Product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias = {},
                   bool widen = !HasBf16Instructions());

// out = a b, out [m, n] of the same type.
void ProductInto(at::Tensor out, const at::Tensor& a, const at::Tensor& b,
                 bool widen = !HasBf16Instructions());

// gradient += aᵀ b: gradient fp32 [m, n], a [k, m] and b [k, n] contiguous, both fp32 or both bf16.
void AddTransposedProduct(at::Tensor gradient, const at::Tensor& a, const at::Tensor& b);

// Which of these a run in `precision` uses on this machine, for its recorded numerics.
std::string ProductsName(Precision precision);

}  // namespace lab
