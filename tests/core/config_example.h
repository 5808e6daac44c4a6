#pragma once

// A config with a member of every kind, for the tests of core/config.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config/config.h"

namespace lab {

struct ExampleSplit {
  double fraction = 0.1;
  std::optional<std::string> corpus;
  bool operator==(const ExampleSplit&) const = default;

  template <class V>
  constexpr void Describe(V& v) {
    v("fraction", fraction, {.help = "share of the text", .min = 0, .max = 0.9});
    v("corpus", corpus, {.help = "a corpus of its own", .path = true});
  }
  void Check(Checker& check) const {
    if (check.Given("fraction") && check.Given("corpus")) {
      check.Error("corpus", "give either fraction or corpus");
    }
  }
};

struct ExampleData {
  std::string corpus = "stories";
  ExampleSplit validation;
  std::vector<std::string> extra;
  bool operator==(const ExampleData&) const = default;

  template <class V>
  constexpr void Describe(V& v) {
    v("corpus", corpus, {.help = "what to learn from", .path = true});
    v("validation", validation, {.help = "what to measure on"});
    v("extra", extra, {.help = "more texts", .path = true});
  }
};

struct ExampleOptim {
  double learning_rate = 6e-4;
  double beta1 = 0.9;
  bool operator==(const ExampleOptim&) const = default;

  template <class V>
  constexpr void Describe(V& v) {
    v("learning_rate", learning_rate,
      {.help = "peak rate", .min = 0, .above_min = true, .live = true, .was = "lr"});
    v("beta1", beta1, {.help = "decay of the mean", .min = 0, .max = 1, .advanced = true});
  }
};

struct ExampleConfig {
  std::optional<int64_t> steps = 600;
  std::optional<int64_t> tokens;
  int64_t micro_batch = 8;
  bool tied = true;
  std::string attention = "fused";
  std::string prompt = "Once";
  AutoOr<int64_t> every;
  AutoOr<std::string> precision;
  std::vector<int64_t> layers = {1, 2};
  std::vector<bool> flags;
  ExampleOptim optim;
  ExampleData data;
  int64_t seed = 1;
  bool operator==(const ExampleConfig&) const = default;

  template <class V>
  constexpr void Describe(V& v) {
    v("steps", steps, {.help = "updates", .unit = "steps", .min = 1});
    v("tokens", tokens, {.help = "tokens to see", .unit = "tokens", .min = 1});
    v("micro_batch", micro_batch, {.help = "windows at once", .min = 1, .max = 4096});
    v("tied", tied, {.help = "shares the embedding"});
    v("attention", attention, {.help = "path", .choices = {"fused", "explicit"}});
    v("prompt", prompt, {.help = "what a sample starts with", .group = "samples"});
    v("every", every, {.help = "between evaluations", .unit = "steps", .min = 0});
    v("precision", precision, {.help = "arithmetic", .choices = {"fp32", "bf16"}});
    v("layers", layers, {.help = "which", .min = 0});
    v("flags", flags, {.help = "switches"});
    v("optim", optim, {.help = "the optimizer"});
    v("data", data, {.help = "the text"});
    v("seed", seed, {.help = "of all random streams"});
  }
  void Check(Checker& check) const {
    if (check.Given("steps") && check.Given("tokens")) {
      check.Error("tokens", "give steps or tokens, not both", "TWO_LENGTHS");
    }
    if (optim.learning_rate > 0.1) check.Warn("optim.learning_rate", "is unusually large");
  }
};

inline Parsed<ExampleConfig> ParseExample(std::string text,
                                          std::vector<std::string> overrides = {}) {
  return ParseConfig<ExampleConfig>(
      {std::move(text), "run.yaml", "/texts", std::move(overrides), "/here"});
}

// All errors as people see them, one a line.
inline std::string Errors(const std::vector<ConfigError>& errors) {
  std::string lines;
  for (const ConfigError& error : errors) lines += ToString(error) + "\n";
  return lines;
}

}  // namespace lab
