#pragma once

// The `model:` section of a job: a preset and changes to it. Pure functions, any thread; no
// LibTorch.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "core/config/describe.h"
#include "core/model/gpt2_shape.h"

namespace lab {

struct ModelConfig {
  std::string preset = "nano";
  std::optional<int64_t> layers;
  std::optional<int64_t> heads;
  std::optional<int64_t> width;
  std::optional<int64_t> context;
  std::optional<double> dropout;
  std::optional<bool> tie_embeddings;
  std::optional<bool> qkv_bias;
  std::string attention = "fused";
  double init_std = 0.02;

  template <class V>
  constexpr void Describe(V& v) {
    v("preset", preset,
      {.help = "shape to start from; custom: every shape field is required",
       .choices = {"nano", "small", "medium", "large", "xlarge", "gpt2-124m", "custom"}});
    v("layers", layers, {.help = "transformer blocks", .min = 1, .max = 1000});
    v("heads", heads,
      {.help = "attention heads a block; must divide width", .min = 1, .max = 1024});
    v("width", width, {.help = "channels of the residual stream", .min = 1, .max = 65536});
    v("context", context,
      {.help = "tokens the model sees at once", .unit = "tokens", .min = 1, .max = 1 << 20});
    v("dropout", dropout,
      {.help = "share of embedding, attention and residual values dropped while training",
       .min = 0,
       .max = 0.95});
    v("tie_embeddings", tie_embeddings, {.help = "the output head reuses the token embedding"});
    v("qkv_bias", qkv_bias, {.help = "biases on queries, keys and values"});
    v("attention", attention,
      {.help = "how attention is computed; the numbers are the same",
       .choices = {"fused", "explicit"},
       .advanced = true});
    v("init_std", init_std,
      {.help = "standard deviation of the first weights, 0.02 as GPT-2's; what needs two layers to "
               "work together forms far sooner in a narrow network from about 1/√width",
       .min = 0,
       .max = 1,
       .above_min = true,
       .advanced = true});
  }

  // Width divisible by heads, and `custom` with every shape field.
  void Check(Checker& check) const;
};

// `config` with every field set: what it does not give comes from its preset
// (configs/model/PRESET.yaml, embedded). Fails on an unknown preset, a shape field that `custom`
// leaves out, and heads that do not divide the width.
absl::StatusOr<ModelConfig> ResolveModel(const ModelConfig& config);

// The shape of a resolved config with a vocabulary of `vocab` ids. Requires: ResolveModel's result.
Gpt2Shape ShapeOf(const ModelConfig& resolved, int64_t vocab);

// The names of all presets, smallest first, without `custom`.
const std::vector<std::string>& ModelPresets();

}  // namespace lab
