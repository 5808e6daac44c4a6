#include "core/model/attention.h"

#include <cmath>
#include <limits>
#include <string_view>
#include <tuple>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>

#include "core/model/functions.h"
#include "core/model/kv_cache.h"

namespace lab {
namespace {

using at::Tensor;

// q, k or v (part 0, 1, 2) of qkv as [B, T, H, D].
Tensor PartOf(const Tensor& qkv, int64_t part, int64_t heads) {
  const int64_t B = qkv.size(0), T = qkv.size(1), C = qkv.size(2) / 3;
  return qkv.narrow(2, part * C, C).view({B, T, heads, C / heads});
}

// qkv after the listener has heard, and perhaps replaced, its parts.
Tensor HearParts(const Tensor& qkv, int64_t heads, const HookPoints& hooks) {
  const char* names[] = {"attn.hook_q", "attn.hook_k", "attn.hook_v"};
  Tensor parts[3];
  bool changed = false;
  for (int64_t part = 0; part < 3; ++part) {
    const Tensor heard = PartOf(qkv, part, heads);
    parts[part] = hooks(names[part], heard);
    changed = changed || !parts[part].is_same(heard);
  }
  if (!changed) return qkv;
  for (Tensor& part : parts) part = part.reshape({qkv.size(0), qkv.size(1), qkv.size(2) / 3});
  return at::cat({parts[0], parts[1], parts[2]}, 2);
}

// A value the listener heard, and whether it made something else of it, in place or not.
Tensor Hear(const HookPoints& hooks, std::string_view name, const Tensor& x, bool* changed) {
  const int64_t version = x._version();
  Tensor heard = hooks(name, x);
  if (!heard.is_same(x) || x._version() != version) *changed = true;
  return heard;
}

// softmax(q kᵀ / √D + causal mask): q [B, H, T, D], k [B, H, S, D] → [B, H, T, S].
Tensor Pattern(const Tensor& q, const Tensor& k, const HookPoints& hooks, bool* changed) {
  const int64_t T = q.size(2), S = k.size(2);
  const Tensor future = at::ones({T, S}, q.options().dtype(at::kBool)).triu(S - T + 1);
  Tensor scores = at::matmul(q, k.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  scores = scores.masked_fill(future, -std::numeric_limits<float>::infinity());
  scores = Hear(hooks, "attn.hook_attn_scores", scores, changed);
  return Hear(hooks, "attn.hook_pattern", scores.softmax(-1), changed);
}

// The dropout factors of a whole pattern, [B, H, T, T].
Tensor PatternFactors(const Tensor& pattern, const kernels::DropoutMask& mask) {
  const Tensor factors = at::empty(pattern.sizes(), pattern.options().requires_grad(false));
  const int64_t elements = factors.stride(0);
  for (int64_t b = 0; b < factors.size(0); ++b) {
    kernels::DropoutFactors(mask, b, 0, elements, factors.mutable_data_ptr<float>() + b * elements);
  }
  return factors;
}

}  // namespace

Tensor Attend(const Tensor& qkv_in, const AttentionOptions& options, const HookPoints& hooks) {
  const int64_t B = qkv_in.size(0), T = qkv_in.size(1), C = qkv_in.size(2) / 3;
  const int64_t H = options.heads;
  const Tensor qkv = hooks.any() ? HearParts(qkv_in, H, hooks) : qkv_in;
  const bool fused = options.kind == AttentionKind::kFused;
  const bool scores_wanted = hooks.Wants("attn.hook_attn_scores");
  const bool pattern_wanted = scores_wanted || hooks.Wants("attn.hook_pattern");
  // The kernel has the probabilities in hand; only gradients through them need the long way.
  const bool kernel_tells =
      fused && pattern_wanted && !scores_wanted && !options.cache && !at::GradMode::is_enabled();

  Tensor q, k, v;                                   // [B, H, T, D], [B, H, S, D]
  if (!fused || pattern_wanted || options.cache) {  // views: they cost nothing
    q = PartOf(qkv, 0, H).transpose(1, 2);
    k = PartOf(qkv, 1, H).transpose(1, 2);
    v = PartOf(qkv, 2, H).transpose(1, 2);
  }
  if (options.cache) {
    std::tie(k, v) = options.cache->Append(options.layer, k.transpose(1, 2), v.transpose(1, 2));
  }

  Tensor z;  // [B, T, C]
  if (!fused || pattern_wanted) {
    bool changed = false;
    Tensor pattern;  // [B, H, T, S], in fp32 whatever q, k and v are
    if (kernel_tells) {
      std::tie(z, pattern) = CausalAttentionWithPattern(qkv, H, options.dropout);
      pattern = Hear(hooks, "attn.hook_pattern", pattern, &changed);
    } else {
      pattern = Pattern(q.to(at::kFloat), k.to(at::kFloat), hooks, &changed);
    }
    if (!fused || changed) {
      if (options.dropout) pattern = pattern * PatternFactors(pattern, *options.dropout);
      z = at::matmul(pattern, v.to(at::kFloat)).transpose(1, 2).reshape({B, T, C});
      z = z.to(qkv.scalar_type());
    }
  }
  if (!z.defined()) {
    z = options.cache ? CachedAttention(q, k, v) : CausalAttention(qkv, H, options.dropout);
  }
  if (!hooks.Wants("attn.hook_z")) return z;
  return hooks("attn.hook_z", z.view({B, T, H, C / H})).reshape({B, T, C});
}

}  // namespace lab
