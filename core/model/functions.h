#pragma once

// The steps of a transformer that carry gradients, over our kernels. Each adds the gradients of its
// parameters straight into the flat gradient buffer (the preset .grad of the leaf) and hands
// nothing to autograd for them. Tensors are fp32 or bf16 throughout one call; those gradients are
// fp32 either way. CPU. One thread at a time.

#include <cstdint>
#include <optional>
#include <utility>

#include <ATen/core/Tensor.h>

#include "core/kernels/dropout.h"

namespace lab {

inline constexpr float kLayerNormEpsilon = 1e-5f;

// table[ids]: ids [B, T], table [V, C] → [B, T, C]. Throws on an id outside the table.
at::Tensor Lookup(const at::Tensor& ids, const at::Tensor& table);

// x W + bias: x [.., in], weight [in, out], bias [out] or undefined → [.., out].
at::Tensor Linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

// Over the last dimension, epsilon 1e-5.
at::Tensor LayerNorm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

// GELU(x + bias), tanh form; bias [C] or undefined.
at::Tensor BiasGelu(const at::Tensor& x, const at::Tensor& bias);

// x [B, T, C] with the mask's elements dropped and the others scaled up.
at::Tensor Dropout(const at::Tensor& x, const kernels::DropoutMask& mask);

// Causal self-attention of q|k|v in one tensor: qkv [B, T, 3C] → z [B, T, C], heads side by side.
at::Tensor CausalAttention(const at::Tensor& qkv, int64_t heads,
                           const std::optional<kernels::DropoutMask>& dropout);
// The same z to the bit, and the probabilities that it was made of, before dropout: [B, H, T, T] in
// fp32. Without gradient.
std::pair<at::Tensor, at::Tensor> CausalAttentionWithPattern(
    const at::Tensor& qkv, int64_t heads, const std::optional<kernels::DropoutMask>& dropout);

// The same where the keys come from a cache: q [B, H, T, D] are the last T of the S positions of k
// and v [B, H, S, D] → z [B, T, C]. For inference: no gradient, fp32.
at::Tensor CachedAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace lab
