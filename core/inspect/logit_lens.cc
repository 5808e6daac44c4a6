#include "core/inspect/logit_lens.h"

#include <numeric>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/xlogy.h>
#include <ATen/ops/zeros.h>

#include "core/base/strings.h"
#include "core/inspect/capture.h"
#include "core/tensor/shapes.h"

namespace lab {
namespace {

using at::Tensor;

}  // namespace

Lens LogitLens(LanguageModel& model, const Tensor& stream, const Tensor& tokens, int64_t top) {
  const int64_t P = stream.size(0), T = stream.size(1);
  CheckShape("tokens", tokens, {T});
  const int64_t K = std::min(top, model.vocab_size());
  Lens lens{at::empty({P, T, K}, at::kLong), at::empty({P, T, K}), at::empty({P, T - 1}, at::kLong),
            at::empty({P, T - 1}),           at::empty({P, T}),    at::empty({P, T})};
  const Tensor next = tokens.slice(0, 1, T).unsqueeze(1);  // [T − 1, 1]
  Tensor last;                                             // log-probabilities at the end
  // From the end, which all others are compared with; one point's logits at a time.
  for (int64_t point = P - 1; point >= 0; --point) {
    const Tensor logits = model.Logits(model.FinalNorm(stream[point])).to(at::kFloat);
    const Tensor logp = at::log_softmax(logits, -1);  // [T, V]
    if (!last.defined()) last = logp;
    const Tensor p = logp.exp();
    auto [likely, ids] = p.topk(K, -1);
    lens.top_ids[point].copy_(ids);
    lens.top_probabilities[point].copy_(likely);
    lens.entropy[point].copy_(-(p * logp).sum(-1));
    lens.kl[point].copy_((last.exp() * (last - logp)).sum(-1));
    if (T > 1) {
      const Tensor before = logits.slice(0, 0, T - 1);
      const Tensor chosen = before.gather(1, next);  // [T − 1, 1]
      lens.next_rank[point].copy_((before > chosen).sum(-1));
      lens.next_probability[point].copy_(p.slice(0, 0, T - 1).gather(1, next).squeeze(1));
    }
  }
  return lens;
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

Attribution Attribute(LanguageModel& model, const Capture& heard, int64_t position,
                      int64_t target) {
  const int64_t L = model.layer_count(), H = model.head_count();
  const Tensor scale = heard["ln_final.hook_scale"][0][position];
  const Tensor direction = model.Unembedding()[target].to(at::kDouble);  // [C]
  // What a part of the residual stream gives to the logit.
  auto share = [&](const Tensor& part) {
    return at::matmul(model.NormedPart(part, scale).to(at::kDouble), direction);
  };
  Attribution found;
  auto add = [&](std::string name, double value) {
    found.names.push_back(std::move(name));
    found.shares.push_back(value);
  };
  for (const char* name : {"embed", "pos_embed"}) {
    const Tensor value = heard[StrCat("hook_", name)];
    if (value.defined()) add(name, share(value[0][position]).item<double>());
  }
  found.heads = at::empty({L, H});
  found.head_rest = at::empty({L});
  for (int64_t layer = 0; layer < L; ++layer) {
    const double attention =
        share(heard[HookName(layer, "hook_attn_out")][0][position]).item<double>();
    const Tensor heads =
        share(model.HeadOutputs(layer, heard[HookName(layer, "attn.hook_z")][0][position]));  // [H]
    found.heads[layer].copy_(heads);
    found.head_rest[layer].fill_(attention - heads.sum().item<double>());
    add(StrCat(layer, ".attn"), attention);
    add(StrCat(layer, ".mlp"),
        share(heard[HookName(layer, "hook_mlp_out")][0][position]).item<double>());
  }
  const Tensor bias = model.FinalNormBias();
  if (bias.defined()) {
    add("bias", at::matmul(bias.to(at::kDouble), direction).item<double>());
  }
  const Tensor end = heard[HookName(L - 1, "hook_resid_post")][0][position];
  found.logit = model.Logits(model.FinalNorm(end.unsqueeze(0)))[0][target].item<double>();
  return found;
}

}  // namespace lab
