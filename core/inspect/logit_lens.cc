#include "core/inspect/logit_lens.h"

#include <algorithm>
#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>

#include "core/base/strings.h"
#include "core/inspect/capture.h"
#include "core/tensor/shapes.h"

namespace lab {
namespace {

using at::Tensor;

Tensor LogProbabilities(LanguageModel& model, const Tensor& point, Tensor* logits) {
  *logits = model.Logits(model.FinalNorm(point)).to(at::kFloat);
  return at::log_softmax(*logits, -1);  // [T, V]
}

}  // namespace

Tensor OfNextToken(const Tensor& values, const Tensor& tokens) {
  const int64_t T = tokens.size(0);
  const Tensor next = tokens.slice(0, 1, T).unsqueeze(1);  // [T − 1, 1]
  const Tensor none = at::full({1}, std::numeric_limits<float>::quiet_NaN(), values.options());
  return at::cat({values.slice(0, 0, T - 1).gather(1, next).squeeze(1), none});
}

Lens LogitLens(LanguageModel& model, const Tensor& stream, const Tensor& end, const Tensor& tokens,
               int64_t top) {
  const int64_t P = stream.size(0), T = stream.size(1);
  CheckShape("tokens", tokens, {T});
  const int64_t K = std::min(top, model.vocab_size());
  Lens lens{at::empty({P, T, K}, at::kLong),
            at::empty({P, T, K}),
            at::empty({P, T}, at::kLong),
            at::empty({P, T}),
            at::empty({P, T}),
            at::empty({P, T})};
  Tensor logits;
  const Tensor last = LogProbabilities(model, end, &logits);
  // One point's logits at a time.
  for (int64_t point = 0; point < P; ++point) {
    const Tensor logp = LogProbabilities(model, stream[point], &logits);
    const Tensor p = logp.exp();
    auto [likely, ids] = p.topk(K, -1);
    lens.top_ids[point].copy_(ids);
    lens.top_probabilities[point].copy_(likely);
    lens.entropy[point].copy_(-(p * logp).sum(-1));
    lens.kl[point].copy_((last.exp() * (last - logp)).sum(-1));
    lens.next_probability[point].copy_(OfNextToken(p, tokens));
    // A comparison with NaN is false: the end counts none, and is then marked.
    lens.next_rank[point].copy_((logits > OfNextToken(logits, tokens).unsqueeze(1)).sum(-1));
    lens.next_rank[point][T - 1] = -1;
  }
  return lens;
}

std::vector<std::string> AttributionNames(const LanguageModel& model) {
  std::vector<std::string> names = {"embed"};
  if (model.HasPositionEmbedding()) names.push_back("pos_embed");
  for (int64_t layer = 0; layer < model.layer_count(); ++layer) {
    names.push_back(StrCat(layer, ".attn"));
    names.push_back(StrCat(layer, ".mlp"));
  }
  if (model.FinalNormBias().defined()) names.push_back("bias");
  return names;
}

std::vector<std::string> AttributionHooks(const LanguageModel& model) {
  std::vector<std::string> names = {"hook_embed", "hook_pos_embed", "ln_final.hook_scale"};
  for (int64_t layer = 0; layer < model.layer_count(); ++layer) {
    for (const char* point : {"attn.hook_z", "hook_attn_out", "hook_mlp_out", "hook_resid_post"}) {
      names.push_back(HookName(layer, point));
    }
  }
  return names;
}

Attribution Attribute(LanguageModel& model, const Capture& heard, const Tensor& positions,
                      const Tensor& targets) {
  const int64_t L = model.layer_count();
  auto at_positions = [&](std::string_view name) {
    return heard[name][0].index_select(0, positions);  // [N, ..]
  };
  const Tensor scale = at_positions("ln_final.hook_scale");                               // [N, 1]
  const Tensor direction = model.Unembedding().index_select(0, targets).to(at::kDouble);  // [N, C]
  std::vector<Tensor> shares, heads, biases;
  // What a part of the residual stream [N, C] gives to the logit, [N].
  auto add = [&](std::string_view name) {
    const Tensor part = model.NormedPart(at_positions(name), scale).to(at::kDouble);
    shares.push_back((part * direction).sum(-1));
  };
  add("hook_embed");
  if (model.HasPositionEmbedding()) add("hook_pos_embed");
  for (int64_t layer = 0; layer < L; ++layer) {
    add(HookName(layer, "hook_attn_out"));
    const Tensor attention = shares.back();
    const Tensor outputs = model.HeadOutputs(layer, at_positions(HookName(layer, "attn.hook_z")));
    const Tensor normed = model.NormedPart(outputs, scale.unsqueeze(1)).to(at::kDouble);
    heads.push_back((normed * direction.unsqueeze(1)).sum(-1));  // [N, H]
    biases.push_back(attention - heads.back().sum(-1));
    add(HookName(layer, "hook_mlp_out"));
  }
  const Tensor bias = model.FinalNormBias();
  if (bias.defined()) shares.push_back(at::matmul(direction, bias.to(at::kDouble)));
  const Tensor end = model.FinalNorm(at_positions(HookName(L - 1, "hook_resid_post")));
  const Tensor logits = (end.to(at::kDouble) * direction).sum(-1);
  return {logits.to(at::kFloat), at::stack(shares, 1).to(at::kFloat),
          at::stack(heads, 1).to(at::kFloat), at::stack(biases, 1).to(at::kFloat)};
}

}  // namespace lab
