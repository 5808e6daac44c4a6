#include "proto/client/change_point.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr int kShuffles = 999;
constexpr uint64_t kSeed = 1;        // the same curve gets the same answer
constexpr double kRounding = 1e-12;  // two shares that differ less are the same

struct Split {
  size_t left = 0;  // values before the change
  double share = 0;
};

// The best split of values with mean 0 and squares that sum to `total`: there SSE(k) is
// total − L²/k − L²/(n − k), L being the sum of the first k.
Split BestSplit(const std::vector<double>& values, double total) {
  const auto count = static_cast<double>(values.size());
  Split best;
  double sum = 0;
  for (size_t k = 1; k < values.size(); ++k) {
    sum += values[k - 1];
    const auto left = static_cast<double>(k);
    const double share = sum * sum * (1 / left + 1 / (count - left)) / total;
    if (share > best.share + kRounding) best = {k, share};
  }
  return best;
}

double MeanOf(const std::vector<double>& values, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; ++i) sum += values[i];
  return sum / static_cast<double>(to - from);
}

double ChanceOf(std::vector<double> values, double total, double share) {
  std::mt19937_64 random(kSeed);
  int reached = 1;
  for (int i = 0; i < kShuffles; ++i) {
    for (size_t last = values.size() - 1; last > 0; --last) {
      std::swap(values[last], values[random() % (last + 1)]);
    }
    if (BestSplit(values, total).share >= share - kRounding) ++reached;
  }
  return static_cast<double>(reached) / (kShuffles + 1);
}

}  // namespace

absl::StatusOr<ChangePoint> FindChange(const std::vector<int64_t>& steps,
                                       const std::vector<double>& values) {
  std::vector<int64_t> at;
  std::vector<double> measured;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    at.push_back(steps[i]);
    measured.push_back(values[i]);
  }
  if (measured.size() < kLeastForChange) {
    return absl::FailedPreconditionError(
        Absl(StrCat("a change needs ", kLeastForChange, " checkpoints with a value, there are ",
                    measured.size())));
  }
  const double mean = MeanOf(measured, 0, measured.size());
  std::vector<double> centred = measured;
  double total = 0, largest = 0;
  for (double& value : centred) {
    largest = std::max(largest, std::abs(value));
    value -= mean;
    total += value * value;
  }
  // Below what rounding alone makes of equal values.
  const double rounding = largest * 1e-7;
  if (total <= rounding * rounding * static_cast<double>(centred.size())) {
    return absl::FailedPreconditionError("all values are the same");
  }
  const Split split = BestSplit(centred, total);
  ChangePoint change;
  change.after = at[split.left - 1];
  change.until = at[split.left];
  change.before = MeanOf(measured, 0, split.left);
  change.behind = MeanOf(measured, split.left, measured.size());
  change.share = std::min(1.0, split.share);
  change.chance = ChanceOf(std::move(centred), total, split.share);
  return change;
}

}  // namespace lab
