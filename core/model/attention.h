#pragma once

// Causal multi-head self-attention between its two projections, fused or spelled out, with hook
// points on everything inside. Vaswani et al. 2017, arXiv:1706.03762. One thread at a time.

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/kernels/dropout.h"
#include "core/model/gpt2_shape.h"
#include "core/model/hooks.h"

namespace lab {

class KvCache;

struct AttentionOptions {
  int64_t heads = 1;
  AttentionKind kind = AttentionKind::kFused;
  std::optional<kernels::DropoutMask> dropout;  // of the pattern
  KvCache* cache = nullptr;                     // with one: inference, no dropout, no gradient
  int64_t layer = 0;                            // of the cache
};

// qkv [B, T, 3C], columns q|k|v → z [B, T, C]. Hook points, in order: attn.hook_{q,k,v}
// [B, T, H, D], attn.hook_attn_scores and attn.hook_pattern [B, H, T, S], attn.hook_z [B, T, H, D].
// Fused attention has no scores or pattern: wanted, they are computed beside it, and only if the
// listener changes one does the forward go on from there instead. So listening changes no bit.
at::Tensor Attend(const at::Tensor& qkv, const AttentionOptions& options, const HookPoints& hooks);

}  // namespace lab
