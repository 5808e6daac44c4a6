#include "core/generate/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/strings.h"

namespace lab {
namespace {

// Likelier first; among equals the lower id, so that nothing depends on the sort.
struct Likelier {
  std::span<const float> logits;
  bool operator()(int32_t a, int32_t b) const {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  }
};

double MaxLogit(std::span<const float> logits) {
  return *std::max_element(logits.begin(), logits.end());
}

// Σ exp(logit − max), in double and in the order of ids.
double PartitionSum(std::span<const float> logits, double max) {
  double sum = 0;
  for (float logit : logits) sum += std::exp(logit - max);
  return sum;
}

// All ids, or the k likeliest. In order of likelihood if top-k or top-p need one.
std::vector<int32_t> Candidates(std::span<const float> logits, const SamplerOptions& options) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const int64_t size = static_cast<int64_t>(ids.size());
  if (options.top_k > 0 && options.top_k < size) {
    std::partial_sort(ids.begin(), ids.begin() + options.top_k, ids.end(), Likelier{logits});
    ids.resize(static_cast<size_t>(options.top_k));
  } else if (options.top_p < 1) {
    std::sort(ids.begin(), ids.end(), Likelier{logits});
  }
  return ids;
}

}  // namespace

absl::Status CheckSamplerOptions(const SamplerOptions& options) {
  if (!(options.temperature >= 0) || !std::isfinite(options.temperature)) {
    return absl::InvalidArgumentError(StrCat("temperature must be at least 0 and finite, is ",
                                             FormatDouble(options.temperature)));
  }
  if (options.top_k < 0) {
    return absl::InvalidArgumentError(
        StrCat("top_k must be at least 0 (0: all tokens), is ", options.top_k));
  }
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    return absl::InvalidArgumentError(StrCat(
        "top_p must be above 0 and at most 1 (1: all tokens), is ", FormatDouble(options.top_p)));
  }
  return absl::OkStatus();
}

absl::StatusOr<TokenChoice> SampleToken(std::span<const float> logits,
                                        const SamplerOptions& options, PhiloxStream& stream) {
  for (size_t id = 0; id < logits.size(); ++id) {
    if (!std::isfinite(logits[id])) {
      return Failure(absl::StatusCode::kFailedPrecondition, reason::kLossNotFinite,
                     StrCat("the model's logit of token ", id, " is ", FormatDouble(logits[id]),
                            ", so there is nothing to sample from"));
    }
  }
  const double max = MaxLogit(logits);
  auto choice = [&](int32_t id) {
    return TokenChoice{id, std::exp(logits[id] - max) / PartitionSum(logits, max)};
  };
  if (options.temperature == 0) {
    return choice(
        static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
  }
  std::vector<int32_t> ids = Candidates(logits, options);
  std::vector<double> weights(ids.size());
  double sum = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    weights[i] = std::exp((logits[ids[i]] - max) / options.temperature);
    sum += weights[i];
  }
  if (options.top_p < 1) {
    const double wanted = options.top_p * sum;
    size_t kept = 0;
    for (sum = 0; kept < ids.size() && sum < wanted; ++kept) sum += weights[kept];
    ids.resize(kept);
  }
  double point = stream.NextUniform() * sum;
  for (size_t i = 0; i < ids.size(); ++i) {
    point -= weights[i];
    if (point < 0) return choice(ids[i]);
  }
  // Rounding of the sum left nothing of the last one's share: it is the last with a share.
  size_t last = ids.size() - 1;
  while (last > 0 && weights[last] == 0) --last;
  return choice(ids[last]);
}

std::vector<TokenChoice> LikeliestTokens(std::span<const float> logits, int64_t count) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const int64_t kept = std::clamp<int64_t>(count, 0, static_cast<int64_t>(ids.size()));
  std::partial_sort(ids.begin(), ids.begin() + kept, ids.end(), Likelier{logits});
  const double max = MaxLogit(logits);
  const double sum = PartitionSum(logits, max);
  std::vector<TokenChoice> likeliest;
  for (int64_t i = 0; i < kept; ++i) {
    likeliest.push_back({ids[i], std::exp(logits[ids[i]] - max) / sum});
  }
  return likeliest;
}

}  // namespace lab
