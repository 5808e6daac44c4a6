#include "core/model/gpt2.h"

#include <optional>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/matmul.h>

#include "core/model/attention.h"
#include "core/model/functions.h"
#include "core/model/head_loss.h"
#include "core/model/hooks.h"
#include "core/model/kv_cache.h"
#include "core/model/norm.h"
#include "core/model/products.h"
#include "core/tensor/shapes.h"

namespace lab {
namespace {

using at::Tensor;

// The mask of one site of this forward; nothing in evaluation or at probability 0.
std::optional<kernels::DropoutMask> MaskAt(uint32_t site, double probability,
                                           const ForwardContext& context) {
  if (!context.dropout || probability <= 0) return std::nullopt;
  return kernels::DropoutMask{context.dropout->seed, static_cast<uint64_t>(context.dropout->step),
                              site, context.dropout->first_row, static_cast<float>(probability)};
}

Tensor MaybeDropout(const Tensor& x, const std::optional<kernels::DropoutMask>& mask) {
  return mask ? Dropout(x, *mask) : x;
}

}  // namespace

std::vector<ParameterSpec> Gpt2Parameters(const Gpt2Shape& shape) {
  const int64_t C = shape.width;
  std::vector<ParameterSpec> specs;
  auto embedding = [&](std::string name, int64_t rows) {
    specs.push_back({std::move(name), {rows, C}, /*decay=*/false, /*embedding=*/true});
  };
  auto matrix = [&](std::string name, int64_t in, int64_t out) {
    specs.push_back({std::move(name), {in, out}, /*decay=*/true});
  };
  auto vector = [&](std::string name, int64_t size) { specs.push_back({std::move(name), {size}}); };

  embedding("transformer.wte.weight", shape.vocab);
  embedding("transformer.wpe.weight", shape.context);
  for (int64_t layer = 0; layer < shape.layers; ++layer) {
    const std::string block = "transformer.h." + std::to_string(layer) + ".";
    vector(block + "ln_1.weight", C);
    vector(block + "ln_1.bias", C);
    matrix(block + "attn.c_attn.weight", C, 3 * C);
    if (shape.qkv_bias) vector(block + "attn.c_attn.bias", 3 * C);
    matrix(block + "attn.c_proj.weight", C, C);
    vector(block + "attn.c_proj.bias", C);
    vector(block + "ln_2.weight", C);
    vector(block + "ln_2.bias", C);
    matrix(block + "mlp.c_fc.weight", C, 4 * C);
    vector(block + "mlp.c_fc.bias", 4 * C);
    matrix(block + "mlp.c_proj.weight", 4 * C, C);
    vector(block + "mlp.c_proj.bias", C);
  }
  vector("transformer.ln_f.weight", C);
  vector("transformer.ln_f.bias", C);
  if (!shape.tie_embeddings) matrix("lm_head.weight", shape.vocab, C);
  return specs;
}

Gpt2::Gpt2(const Gpt2Shape& shape, Precision precision)
    : shape_(shape), parameters_(Gpt2Parameters(shape), precision) {
  auto find = [this](const std::string& name) {
    const Parameter* parameter = parameters_.Find(name);
    return parameter ? parameter->value : Tensor();
  };
  wte_ = find("transformer.wte.weight");
  wpe_ = find("transformer.wpe.weight");
  for (int64_t layer = 0; layer < shape_.layers; ++layer) {
    const std::string block = "transformer.h." + std::to_string(layer) + ".";
    Block b;
    b.ln_1_weight = find(block + "ln_1.weight");
    b.ln_1_bias = find(block + "ln_1.bias");
    b.c_attn_weight = find(block + "attn.c_attn.weight");
    b.c_attn_bias = find(block + "attn.c_attn.bias");
    b.attn_proj_weight = find(block + "attn.c_proj.weight");
    b.attn_proj_bias = find(block + "attn.c_proj.bias");
    b.ln_2_weight = find(block + "ln_2.weight");
    b.ln_2_bias = find(block + "ln_2.bias");
    b.c_fc_weight = find(block + "mlp.c_fc.weight");
    b.c_fc_bias = find(block + "mlp.c_fc.bias");
    b.mlp_proj_weight = find(block + "mlp.c_proj.weight");
    b.mlp_proj_bias = find(block + "mlp.c_proj.bias");
    blocks_.push_back(std::move(b));
  }
  ln_f_weight_ = find("transformer.ln_f.weight");
  ln_f_bias_ = find("transformer.ln_f.bias");
  lm_head_ = shape_.tie_embeddings ? wte_ : find("lm_head.weight");
}

std::unique_ptr<LanguageModel> Gpt2::CopyInFp32() const {
  auto copy = std::make_unique<Gpt2>(shape_);
  for (size_t i = 0; const Parameter& parameter : parameters_.all()) {
    copy->parameters_.all()[i++].value.detach().copy_(parameter.value.detach());
  }
  return copy;
}

std::unique_ptr<KvCache> Gpt2::MakeCache(int64_t batch) const {
  TORCH_CHECK(parameters_.precision() == Precision::kFp32, "a KV cache needs a model in fp32");
  return std::make_unique<KvCache>(shape_.layers, batch, shape_.heads, shape_.context,
                                   shape_.head_size());
}

Tensor Gpt2::Hidden(const Tensor& tokens, const ForwardContext& context) {
  // A cache is for inference: what it holds has no history that a gradient could follow.
  at::AutoGradMode grad_mode(at::GradMode::is_enabled() && !context.cache);
  Tensor x = Embed(tokens, context);  // [B, T, C]
  for (int64_t layer = 0; layer < shape_.layers; ++layer) x = Forward(layer, x, context);
  if (context.cache) context.cache->Advance(tokens.size(1));
  return Norm(x, ln_f_weight_, ln_f_bias_, HookPoints(context.listener),
              {"ln_final.hook_scale", "ln_final.hook_normalized"});
}

Tensor Gpt2::Embed(const Tensor& tokens, const ForwardContext& context) {
  CheckShape("tokens", tokens, {kAny, kAny});
  const int64_t T = tokens.size(1), first = context.cache ? context.cache->length() : 0;
  TORCH_CHECK(first + T <= shape_.context, "tokens: ", T, " after ", first,
              " are more than the context of ", shape_.context);
  const HookPoints hooks(context.listener);
  const Tensor positions = at::arange(first, first + T, tokens.options()).expand_as(tokens);
  const Tensor embed = hooks("hook_embed", Lookup(tokens, wte_));
  const Tensor pos_embed = hooks("hook_pos_embed", Lookup(positions, wpe_));
  return MaybeDropout(embed + pos_embed,
                      MaskAt(kernels::DropoutSiteEmbedding(), shape_.embd_dropout, context));
}

Tensor Gpt2::Forward(int64_t layer, const Tensor& residual, const ForwardContext& context) {
  const Block& block = blocks_[layer];
  const HookPoints hooks(context.listener, layer);
  Tensor x = hooks("hook_resid_pre", residual);
  x = x + Attention(layer,
                    Norm(x, block.ln_1_weight, block.ln_1_bias, hooks,
                         {"ln1.hook_scale", "ln1.hook_normalized"}),
                    context);
  x = hooks("hook_resid_mid", x);
  x = x + Mlp(layer,
              Norm(x, block.ln_2_weight, block.ln_2_bias, hooks,
                   {"ln2.hook_scale", "ln2.hook_normalized"}),
              context);
  return hooks("hook_resid_post", x);
}

Tensor Gpt2::Attention(int64_t layer, const Tensor& x, const ForwardContext& context) {
  const Block& block = blocks_[layer];
  const HookPoints hooks(context.listener, layer);
  AttentionOptions options;
  options.heads = shape_.heads;
  options.kind = shape_.attention;
  options.dropout = MaskAt(kernels::DropoutSiteAttention(layer), shape_.attn_dropout, context);
  options.cache = context.cache;
  options.layer = layer;
  const Tensor qkv = Linear(x, block.c_attn_weight, block.c_attn_bias);        // [B, T, 3C]
  const Tensor z = Attend(qkv, options, hooks);                                // [B, T, C]
  const Tensor out = Linear(z, block.attn_proj_weight, block.attn_proj_bias);  // [B, T, C]
  const auto mask = MaskAt(kernels::DropoutSiteAttentionOut(layer), shape_.resid_dropout, context);
  return hooks("hook_attn_out", MaybeDropout(out, mask));
}

Tensor Gpt2::Mlp(int64_t layer, const Tensor& x, const ForwardContext& context) {
  const Block& block = blocks_[layer];
  const HookPoints hooks(context.listener, layer);
  Tensor post;  // [B, T, 4C]
  if (hooks.Wants("mlp.hook_pre")) {
    const Tensor product = Linear(x, block.c_fc_weight, Tensor());
    post = BiasGelu(hooks("mlp.hook_pre", product + block.c_fc_bias), Tensor());
  } else {
    post = BiasGelu(Linear(x, block.c_fc_weight, Tensor()), block.c_fc_bias);
  }
  post = hooks("mlp.hook_post", post);
  const Tensor out = Linear(post, block.mlp_proj_weight, block.mlp_proj_bias);  // [B, T, C]
  const auto mask = MaskAt(kernels::DropoutSiteMlpOut(layer), shape_.resid_dropout, context);
  return hooks("hook_mlp_out", MaybeDropout(out, mask));
}

Tensor Gpt2::Logits(const Tensor& hidden) {
  if (hidden.scalar_type() == at::kFloat) return at::matmul(hidden, lm_head_.t());
  std::vector<int64_t> shape = hidden.sizes().vec();
  shape.back() = shape_.vocab;
  return Product(hidden.reshape({-1, shape_.width}), lm_head_.t()).view(shape);
}

ModelSizes Gpt2::sizes() const {
  return {.layers = shape_.layers,
          .heads = shape_.heads,
          .kv_heads = shape_.heads,
          .head_size = shape_.head_size(),
          .width = shape_.width,
          .mlp_width = 4 * shape_.width};
}

Tensor Gpt2::FinalNorm(const Tensor& residual) {
  std::vector<int64_t> shape = residual.sizes().vec();
  return Norm(residual.reshape({1, -1, shape_.width}), ln_f_weight_, ln_f_bias_,
              HookPoints(nullptr), {})
      .view(shape);
}

Tensor Gpt2::NormedPart(const Tensor& part, const Tensor& scale) {
  return (part - part.mean(-1, /*keepdim=*/true)) / scale * ln_f_weight_;
}

Tensor Gpt2::HeadOutputs(int64_t layer, const Tensor& z) {
  const int64_t D = shape_.head_size();
  const Tensor out = blocks_[layer].attn_proj_weight.view({shape_.heads, D, shape_.width});
  return at::matmul(z.unsqueeze(-2), out).squeeze(-2);  // [.., H, 1, D] · [H, D, C]
}

Tensor Gpt2::Loss(const Tensor& tokens, const Tensor& targets, const ForwardContext& context) {
  CheckShape("targets", targets, {tokens.size(0), tokens.size(1)});
  return HeadLoss(Hidden(tokens, context), targets, lm_head_);
}

}  // namespace lab
