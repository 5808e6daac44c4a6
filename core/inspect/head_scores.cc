#include "core/inspect/head_scores.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
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

constexpr int64_t kRepeatedHalf = 64;  // longest passage of the random texts
constexpr int64_t kMostShift = 3;

// The patterns of one forward, layer by layer.
class PatternEar : public Listener {
 public:
  using Take = std::function<void(const Tensor& pattern)>;
  explicit PatternEar(Take take) : take_(std::move(take)) {}
  bool Wants(std::string_view name) const override { return name.ends_with("attn.hook_pattern"); }
  Tensor On(std::string_view /*name*/, const Tensor& value) override {
    take_(value);
    return value;
  }

 private:
  Take take_;
};

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

const std::vector<HeadScoreFacts>& HeadScores() {
  static const std::vector<HeadScoreFacts> scores = {
      {"heads/entropy", "nats", "mean entropy of a query's attention"},
      {"heads/distance", "tokens", "mean distance from query to key"},
      {"heads/sink", "", "attention on the first token, of all queries after it"},
      {"heads/previous_token", "", "share of attention on the token before the query"},
      {"heads/duplicate_token", "", "share of attention on earlier places of the query's token"},
      {"heads/induction", "", "share of attention on what followed earlier places of the token"},
      {"heads/repeated_induction", "",
       "attention on what followed the token's first place, in random tokens that come twice"},
      {"heads/shifted_induction", "",
       "the same one, two or three places further on, where it is most: a pair of heads that works "
       "with an offset"},
  };
  return scores;
}

Tensor ScoreHeads(const Tensor& pattern, const Tensor& tokens) {
  const int64_t T = tokens.size(0);
  CheckShape("pattern", pattern, {kAny, T, T});
  auto mass = [&](const Tensor& on_template) {
    return T < 2 ? Nan({pattern.size(0)}) : MassOn(pattern, on_template);
  };
  return at::stack({PatternEntropy(pattern), MeanDistance(pattern), SinkShare(pattern),
                    mass(PreviousTokenTemplate(T)), mass(DuplicateTokenTemplate(tokens)),
                    mass(InductionTemplate(tokens))});
}

RepeatedTexts RepeatedRandomTexts(int64_t half, int64_t vocab, int64_t first, uint64_t seed) {
  const int64_t rows = std::min<int64_t>(8, half - 1), T = 1 + 2 * half;
  const int64_t shorter = std::max<int64_t>(1, half / (2 * rows));  // each row than the one before
  RepeatedTexts texts{at::empty({rows, T}, at::kLong), {}};
  auto out = texts.tokens.accessor<int64_t, 2>();
  for (int64_t row = 0; row < rows; ++row) {
    PhiloxStream random(seed, Purpose::kInspect, static_cast<uint64_t>(row));
    const int64_t length = half - row * shorter;
    texts.lengths.push_back(length);
    out[row][0] = first;
    for (int64_t i = 1; i < T; ++i) {
      const bool again = i > length && i <= 2 * length;
      int64_t id = again ? out[row][i - length]
                         : static_cast<int64_t>(random.NextBelow(static_cast<uint32_t>(vocab - 1)));
      if (!again && id >= first) ++id;
      out[row][i] = id;
    }
  }
  return texts;
}

Tensor RepeatedInductionScore(const Tensor& pattern, const std::vector<int64_t>& lengths,
                              int64_t shift) {
  std::vector<Tensor> rows;
  for (size_t row = 0; row < lengths.size(); ++row) {
    const int64_t length = lengths[row];
    if (length <= shift) continue;
    // Query q's token stood at q − length; after that comes key q − length + 1.
    const int64_t back = length - 1 - shift;
    const Tensor after = pattern[static_cast<int64_t>(row)].diagonal(-back, -2, -1);
    // The diagonal's entry i is query i + back: those from 1 + length to 2 · length.
    rows.push_back(after.slice(-1, 2 + shift, 2 + shift + length).mean(-1));
  }
  return rows.empty() ? Nan({pattern.size(1)}) : at::stack(rows).mean(0);
}

Tensor RepeatedInduction(LanguageModel& model, int64_t first_token, uint64_t seed) {
  const ModelSizes sizes = model.sizes();
  const int64_t half = std::min(kRepeatedHalf, (model.context() - 1) / 2);
  if (half < 2 || model.vocab_size() < 3) return Nan({2, sizes.layers, sizes.heads});
  const RepeatedTexts texts = RepeatedRandomTexts(half, model.vocab_size(), first_token, seed);
  std::vector<Tensor> in_place, shifted;
  PatternEar ear([&](const Tensor& pattern) {
    in_place.push_back(RepeatedInductionScore(pattern, texts.lengths));
    std::vector<Tensor> shifts;
    for (int64_t shift = 1; shift <= kMostShift; ++shift) {
      shifts.push_back(RepeatedInductionScore(pattern, texts.lengths, shift));
    }
    shifted.push_back(at::stack(shifts).amax(0));
  });
  model.Hidden(texts.tokens, {.listener = &ear});
  return at::stack({at::stack(in_place), at::stack(shifted)});
}

}  // namespace lab
