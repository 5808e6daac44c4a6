#pragma once

// The shape and the options of a GPT-2: everything that is needed to build one, without LibTorch.
// Plain data, any thread.

#include <cstdint>

namespace lab {

enum class AttentionKind { kFused, kExplicit };

struct Gpt2Shape {
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t width = 0;    // C, divisible by heads
  int64_t context = 0;  // most tokens a forward may see
  int64_t vocab = 0;
  double embd_dropout = 0;     // after the sum of both embeddings
  double attn_dropout = 0;     // on the attention pattern
  double resid_dropout = 0;    // on what attention and MLP add to the residual stream
  bool tie_embeddings = true;  // the head's weight is wte
  bool qkv_bias = true;        // false: the parameter c_attn.bias does not exist
  AttentionKind attention = AttentionKind::kFused;  // how it is computed, never what
  double init_std = 0.02;  // of the first weights; a trained model only remembers it

  int64_t head_size() const { return width / heads; }
  bool operator==(const Gpt2Shape&) const = default;
};

}  // namespace lab
