#pragma once

// Gpt2Shape to and from Hugging Face's config.json (model_type gpt2). Pure functions, any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "core/model/gpt2_shape.h"

namespace lab {

// config.json of a GPT2LMHeadModel. Every key whose default would mislead a reader is written:
// tie_word_embeddings, the three *_pdrop, n_positions, n_ctx. `qkv_bias: false` has no key of its
// own there: it is kept as "lab": {"qkv_bias": false}, and the checkpoint holds zeros.
// `torch_dtype` is the type of the weights beside it.
std::string ToHfConfig(const Gpt2Shape& shape, int64_t bos_token_id, int64_t eos_token_id,
                       std::string_view torch_dtype = "float32");

// The shape in such a file, ours or anybody's. Absent keys mean what transformers takes them for
// (tied, dropout 0.1, n_inner 4C, …). Fails, naming the key, on another model_type, on options that
// this GPT-2 does not have (another activation, n_inner, scale_attn_by_inverse_layer_idx, …) and on
// missing, mistyped or impossible numbers.
absl::StatusOr<Gpt2Shape> FromHfConfig(const nlohmann::json& config);

}  // namespace lab
