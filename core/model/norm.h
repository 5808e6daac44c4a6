#pragma once

// LayerNorm with its hook points. One thread at a time.

#include <string_view>

#include <ATen/core/Tensor.h>

#include "core/model/hooks.h"

namespace lab {

// How the hook points of one LayerNorm are called.
struct NormHooks {
  std::string_view scale;       // [B, T, 1]: √(variance + epsilon), what x − mean is divided by
  std::string_view normalized;  // [B, T, C]: the result, as TransformerLens' LayerNorm reports it
};

// LayerNorm of x [B, T, C]. Listening changes no bit; a replaced scale is used for the division.
at::Tensor Norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                const HookPoints& hooks, const NormHooks& names);

}  // namespace lab
