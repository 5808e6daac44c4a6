#pragma once

// From logits to one token: temperature, then top-k, then top-p. Pure but for the random stream;
// any thread.

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/philox.h"
#include "core/base/status.h"

namespace lab {

struct SamplerOptions {
  double temperature = 1;  // 0: greedy, the likeliest token (the lowest id of equals)
  int64_t top_k = 0;       // only the k likeliest (lower ids first among equals); 0: all
  double top_p = 1;        // only the fewest likeliest that reach this probability; 1: all
};

// INVALID_ARGUMENT that names the setting: temperature ≥ 0 and finite, top_k ≥ 0, 0 < top_p ≤ 1.
absl::Status CheckSamplerOptions(const SamplerOptions& options);

struct TokenChoice {
  int32_t id = 0;
  double probability = 0;  // the model's: at temperature 1, before top-k and top-p
};

// Draws one token; takes exactly one uniform number from `stream`, none when greedy.
// LOSS_NOT_FINITE if a logit is NaN or infinite. Requires: logits not empty, options checked.
absl::StatusOr<TokenChoice> SampleToken(std::span<const float> logits,
                                        const SamplerOptions& options, PhiloxStream& stream);

// The `count` likeliest tokens, likeliest first, lower ids first among equals.
// Requires: finite logits.
std::vector<TokenChoice> LikeliestTokens(std::span<const float> logits, int64_t count);

}  // namespace lab
