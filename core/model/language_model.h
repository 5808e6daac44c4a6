#pragma once

// What every model family is to the rest of the lab: one forward pass that serves training,
// generation and inspection. Not thread-safe: one thread uses a model at a time.
// Dimension letters: B batch, T tokens, C channels, H heads, D head size, V vocabulary, L layers.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/tensor/flat_params.h"

namespace lab {

class KvCache;

// Hears the intermediates of a forward by TransformerLens name ("blocks.3.attn.hook_pattern").
// Nothing is computed, named or copied for it while none is given.
class Listener {
 public:
  virtual ~Listener() = default;
  // Asked first; a name nobody wants costs nothing more.
  virtual bool Wants(std::string_view name) const = 0;
  // Given the value; returns what the forward goes on with (usually `value` itself).
  virtual at::Tensor On(std::string_view name, const at::Tensor& value) = 0;
};

// Turns dropout on, keyed so that a mask depends on nothing but these numbers.
struct DropoutKey {
  uint64_t seed = 0;
  int64_t step = 0;
  int64_t first_row = 0;  // index of this micro-batch's first row in the step's whole batch
};

struct ForwardContext {
  const DropoutKey* dropout = nullptr;  // null: evaluation, no dropout
  Listener* listener = nullptr;         // null: nobody listens
  KvCache* cache = nullptr;             // null: tokens start at position 0
};

// What its activations' shapes are made of.
struct ModelSizes {
  int64_t layers = 0;
  int64_t heads = 0;      // of queries
  int64_t kv_heads = 0;   // of keys and values; fewer than `heads` if these share them
  int64_t head_size = 0;  // D
  int64_t width = 0;      // C, of the residual stream
  int64_t mlp_width = 0;  // inside the feed-forward
};

class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  virtual FlatParams& parameters() = 0;
  virtual const FlatParams& parameters() const = 0;
  virtual int64_t vocab_size() const = 0;
  virtual int64_t context() const = 0;
  virtual int64_t layer_count() const = 0;
  virtual ModelSizes sizes() const = 0;

  // The same weights in fp32: on a CPU that is how a model trained in bf16 generates and is looked
  // into.
  virtual std::unique_ptr<LanguageModel> CopyInFp32() const = 0;

  // A cache for `batch` sequences of up to context() tokens of this model, which must be fp32.
  virtual std::unique_ptr<KvCache> MakeCache(int64_t batch) const = 0;

  // The residual stream after the final norm, [B, T, C]. tokens: int64 [B, T], ids below V;
  // positions continue after the cache's. T beyond context() is a programmer's error.
  virtual at::Tensor Hidden(const at::Tensor& tokens, const ForwardContext& context) = 0;

  // hidden [.., C] → logits [.., V].
  virtual at::Tensor Logits(const at::Tensor& hidden) = 0;

  // The final norm of a residual stream [.., C].
  virtual at::Tensor FinalNorm(const at::Tensor& residual) = 0;
  // The same as a linear map, for one part of a sum [.., C] whose norm had this scale
  // (ln_final.hook_scale): the parts of a residual stream and FinalNormBias() sum to FinalNorm.
  virtual at::Tensor NormedPart(const at::Tensor& part, const at::Tensor& scale) = 0;
  // [C]; undefined for a norm without one.
  virtual at::Tensor FinalNormBias() const = 0;
  // Whether the forward adds hook_pos_embed to hook_embed.
  virtual bool HasPositionEmbedding() const = 0;
  // What each head adds to the residual stream: z [.., H, D] of a layer → [.., H, C]. Their sum and
  // the output's bias are hook_attn_out.
  virtual at::Tensor HeadOutputs(int64_t layer, const at::Tensor& z) = 0;
  // [V, C]: a token's row is the direction that its logit measures.
  virtual at::Tensor Unembedding() const = 0;

  // Mean of −ln p(target) over all B·T positions, a scalar fp32 tensor; its backward() adds
  // gradients to parameters().gradients(). tokens and targets: int64 [B, T].
  virtual at::Tensor Loss(const at::Tensor& tokens, const at::Tensor& targets,
                          const ForwardContext& context) = 0;

  // config.json of the Hugging Face folder this model is saved as; MakeModel reads it back.
  virtual std::string HfConfig(int64_t bos_token_id, int64_t eos_token_id) const = 0;

  // What such a folder holds beside parameters(), all zero: biases this model does without.
  virtual std::vector<ParameterSpec> ZeroTensors() const { return {}; }
};

}  // namespace lab
