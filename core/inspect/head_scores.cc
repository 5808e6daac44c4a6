#include "core/inspect/head_scores.h"

#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/xlogy.h>
#include <ATen/ops/zeros.h>

#include "core/base/philox.h"
#include "core/tensor/shapes.h"

namespace lab {
namespace {

using at::Tensor;

// Of queries minus keys, [T, T].
Tensor Distances(int64_t length) {
  const Tensor at = at::arange(length, at::kFloat);
  return at.unsqueeze(1) - at.unsqueeze(0);
}

Tensor Nan(at::IntArrayRef shape) {
  return at::full(shape, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
}

}  // namespace

Tensor PreviousTokenTemplate(int64_t length) { return (Distances(length) == 1).to(at::kFloat); }

Tensor DuplicateTokenTemplate(const Tensor& tokens) {
  CheckShape("tokens", tokens, {kAny});
  const Tensor same = tokens.unsqueeze(1) == tokens.unsqueeze(0);
  return same.to(at::kFloat).tril(-1);
}

Tensor InductionTemplate(const Tensor& tokens) {
  const Tensor earlier = DuplicateTokenTemplate(tokens);
  const int64_t T = tokens.size(0);
  // One to the right; the place after the last earlier one is at most the query itself.
  return at::cat({at::zeros({T, 1}), earlier.slice(1, 0, T - 1)}, 1);
}

Tensor MassOn(const Tensor& pattern, const Tensor& on_template) {
  return (pattern * on_template).sum({-2, -1}) / pattern.sum({-2, -1});
}

Tensor PatternEntropy(const Tensor& pattern) {
  return -at::xlogy(pattern, pattern).sum(-1).mean(-1);
}

Tensor MeanDistance(const Tensor& pattern) {
  return (pattern * Distances(pattern.size(-1))).sum(-1).mean(-1);
}

Tensor SinkShare(const Tensor& pattern) {
  const int64_t T = pattern.size(-1);
  if (T < 2) return Nan(pattern.sizes().slice(0, static_cast<size_t>(pattern.dim() - 2)));
  return pattern.select(-1, 0).slice(-1, 1, T).mean(-1);
}

Tensor ValueWeighted(const Tensor& pattern, const Tensor& values) {
  const Tensor length = values.to(at::kFloat).norm(2, -1);    // [T, H]
  const Tensor weighted = pattern * length.t().unsqueeze(1);  // [H, T, T]
  return weighted / weighted.sum(-1, /*keepdim=*/true);
}

std::vector<HeadScore> ScoreHeads(const Tensor& patterns, const Tensor& tokens) {
  CheckShape("patterns", patterns, {kAny, kAny, tokens.size(0), tokens.size(0)});
  const int64_t T = tokens.size(0);
  auto unless_alone = [&](const Tensor& score) {
    return T < 2 ? Nan({patterns.size(0), patterns.size(1)}) : score;
  };
  return {
      {"heads/entropy", "nats", "mean entropy of a query's attention", PatternEntropy(patterns)},
      {"heads/distance", "tokens", "mean distance from query to key", MeanDistance(patterns)},
      {"heads/sink", "", "attention on the first token, of all queries after it",
       SinkShare(patterns)},
      {"heads/previous_token", "", "share of attention on the token before the query",
       unless_alone(MassOn(patterns, PreviousTokenTemplate(T)))},
      {"heads/duplicate_token", "", "share of attention on earlier places of the query's token",
       unless_alone(MassOn(patterns, DuplicateTokenTemplate(tokens)))},
      {"heads/induction", "", "share of attention on what followed earlier places of the token",
       unless_alone(MassOn(patterns, InductionTemplate(tokens)))},
  };
}

Tensor RepeatedRandomTokens(int64_t rows, int64_t half, int64_t vocab, int64_t first,
                            uint64_t seed) {
  Tensor tokens = at::empty({rows, 1 + 2 * half}, at::kLong);
  auto out = tokens.accessor<int64_t, 2>();
  // Of the others, so that the first token stands only at the front.
  const auto among = static_cast<uint32_t>(vocab > 1 ? vocab - 1 : 1);
  for (int64_t row = 0; row < rows; ++row) {
    PhiloxStream random(seed, Purpose::kInspect, static_cast<uint64_t>(row));
    out[row][0] = first;
    for (int64_t i = 0; i < half; ++i) {
      int64_t id = static_cast<int64_t>(random.NextBelow(among));
      if (id >= first && vocab > 1) ++id;
      out[row][1 + i] = out[row][1 + half + i] = id;
    }
  }
  return tokens;
}

Tensor RepeatedInductionScore(const Tensor& patterns) {
  const int64_t T = patterns.size(-1), half = (T - 1) / 2;
  // Query 1 + half + i stands where i stood; after that comes key 2 + i.
  const Tensor after = patterns.diagonal(-(half - 1), -2, -1);  // query q, key q − half + 1
  return after.slice(-1, after.size(-1) - half, after.size(-1)).mean(-1).mean(1);
}

}  // namespace lab
