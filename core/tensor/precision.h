#pragma once

// The number format of a model's weights and activations. Any thread.
//
// fp32: everything is fp32. bf16: the weights that the forward uses and what flows between its
// steps are bf16; sums, statistics, softmax, loss, gradients of weights and the optimizer's state
// are fp32, among it a master copy of every weight.

#include <cstdint>
#include <string_view>

#include <c10/core/ScalarType.h>

namespace lab {

enum class Precision { kFp32, kBf16 };

constexpr at::ScalarType ElementOf(Precision precision) {
  return precision == Precision::kBf16 ? at::kBFloat16 : at::kFloat;
}
constexpr const char* PrecisionName(Precision precision) {
  return precision == Precision::kBf16 ? "bf16" : "fp32";
}

// "fp32", "bf16", or "auto": the faster one on this machine. Anything else is a programmer's error.
Precision ChoosePrecision(std::string_view name);

// The processor multiplies bf16 by instructions of its own (AVX-512 BF16 or AMX). Where it does
// not, bf16 works by way of fp32 and is slower than that. This is what `auto` goes by:
// docs/performance.md has the figures.
bool HasBf16Instructions();

}  // namespace lab
