#pragma once

// GPT-2: learned positions, LayerNorm before each sublayer, GELU (tanh), one projection for q, k,
// v. Radford et al. 2019, "Language models are unsupervised multitask learners". Parameter names
// and layouts are those of a Hugging Face GPT2LMHeadModel. One thread uses a model at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/model/gpt2_shape.h"
#include "core/model/hf_config.h"
#include "core/model/language_model.h"

namespace lab {

// The parameters of `shape` in checkpoint order:
//   transformer.wte.weight [V, C]           transformer.wpe.weight [context, C]
//   transformer.h.I.ln_1.{weight,bias} [C]  transformer.h.I.ln_2.{weight,bias} [C]
//   transformer.h.I.attn.c_attn.weight [C, 3C], .bias [3C] (only with qkv_bias), columns q|k|v
//   transformer.h.I.attn.c_proj.weight [C, C], .bias [C]
//   transformer.h.I.mlp.c_fc.weight [C, 4C], .bias [4C]
//   transformer.h.I.mlp.c_proj.weight [4C, C], .bias [C]
//   transformer.ln_f.{weight,bias} [C]      lm_head.weight [V, C] (only untied)
// Matrices are [in, out] (Conv1D) except the embeddings and the head.
std::vector<ParameterSpec> Gpt2Parameters(const Gpt2Shape& shape);

// What a checkpoint of `shape` holds beside these, all zero: c_attn.bias without qkv_bias.
inline std::vector<ParameterSpec> Gpt2ZeroTensors(const Gpt2Shape& shape) {
  std::vector<ParameterSpec> zeros;
  for (int64_t layer = 0; !shape.qkv_bias && layer < shape.layers; ++layer) {
    zeros.push_back(
        {"transformer.h." + std::to_string(layer) + ".attn.c_attn.bias", {3 * shape.width}});
  }
  return zeros;
}

class Gpt2 : public LanguageModel {
 public:
  // All weights are zero until something loads or initialises them (init.h).
  // Requires: a sound shape (width divisible by heads, everything positive).
  explicit Gpt2(const Gpt2Shape& shape, Precision precision = Precision::kFp32);

  const Gpt2Shape& shape() const { return shape_; }

  FlatParams& parameters() override { return parameters_; }
  const FlatParams& parameters() const override { return parameters_; }
  int64_t vocab_size() const override { return shape_.vocab; }
  int64_t context() const override { return shape_.context; }
  int64_t layer_count() const override { return shape_.layers; }
  ModelSizes sizes() const override;
  std::unique_ptr<KvCache> MakeCache(int64_t batch) const override;
  at::Tensor Hidden(const at::Tensor& tokens, const ForwardContext& context) override;
  at::Tensor Logits(const at::Tensor& hidden) override;
  at::Tensor FinalNorm(const at::Tensor& residual) override;
  at::Tensor NormedPart(const at::Tensor& part, const at::Tensor& scale) override;
  at::Tensor FinalNormBias() const override { return ln_f_bias_; }
  bool HasPositionEmbedding() const override { return true; }
  at::Tensor HeadOutputs(int64_t layer, const at::Tensor& z) override;
  at::Tensor Unembedding() const override { return lm_head_; }
  at::Tensor Loss(const at::Tensor& tokens, const at::Tensor& targets,
                  const ForwardContext& context) override;
  std::string HfConfig(int64_t bos_token_id, int64_t eos_token_id) const override {
    const bool bf16 = parameters_.precision() == Precision::kBf16;
    return ToHfConfig(shape_, bos_token_id, eos_token_id, bf16 ? "bfloat16" : "float32");
  }
  std::unique_ptr<LanguageModel> CopyInFp32() const override;
  std::vector<ParameterSpec> ZeroTensors() const override { return Gpt2ZeroTensors(shape_); }

 private:
  // Parameters by role; values are the leaves of parameters_. An absent one is undefined.
  struct Block {
    at::Tensor ln_1_weight, ln_1_bias;
    at::Tensor c_attn_weight, c_attn_bias;
    at::Tensor attn_proj_weight, attn_proj_bias;
    at::Tensor ln_2_weight, ln_2_bias;
    at::Tensor c_fc_weight, c_fc_bias;
    at::Tensor mlp_proj_weight, mlp_proj_bias;
  };
  at::Tensor Embed(const at::Tensor& tokens, const ForwardContext& context);
  at::Tensor Forward(int64_t layer, const at::Tensor& residual, const ForwardContext& context);
  at::Tensor Attention(int64_t layer, const at::Tensor& x, const ForwardContext& context);
  at::Tensor Mlp(int64_t layer, const at::Tensor& x, const ForwardContext& context);

  Gpt2Shape shape_;
  FlatParams parameters_;
  at::Tensor wte_, wpe_, ln_f_weight_, ln_f_bias_, lm_head_;
  std::vector<Block> blocks_;
};

}  // namespace lab
