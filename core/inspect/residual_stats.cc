#include "core/inspect/residual_stats.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/median.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "core/tensor/shapes.h"

namespace lab {
namespace {

using at::Tensor;

constexpr double kLeastMassive = 100, kMassiveTimes = 1000;

// Each row of length 1; rows of zeros stay so, and are at right angles to everything.
Tensor Directions(const Tensor& x) {
  return x / x.norm(2, -1, /*keepdim=*/true).clamp_min(std::numeric_limits<float>::min());
}

Tensor Centred(const Tensor& x) { return x - x.mean(-2, /*keepdim=*/true); }

}  // namespace

StreamStats StatsOf(const Tensor& stream) {
  CheckShape("stream", stream, {kAny, kAny, kAny});
  const Tensor x = stream.to(at::kFloat);
  return {x.mean(-1), x.std(-1, /*unbiased=*/false), x.amin(-1), x.amax(-1), x.norm(2, -1)};
}

std::vector<MassiveActivation> MassiveActivations(const Tensor& stream, int64_t limit) {
  CheckShape("stream", stream, {kAny, kAny, kAny});
  std::vector<MassiveActivation> found;
  for (int64_t point = 0; point < stream.size(0); ++point) {
    const Tensor x = stream[point].to(at::kFloat).contiguous();
    const double median = x.abs().median().item<double>();
    const Tensor large = (x.abs() > std::max(kLeastMassive, kMassiveTimes * median)).nonzero();
    auto places = large.accessor<int64_t, 2>();
    auto values = x.accessor<float, 2>();
    for (int64_t i = 0; i < large.size(0); ++i) {
      const int64_t token = places[i][0], channel = places[i][1];
      const double value = values[token][channel];
      found.push_back({point, token, channel, value, std::abs(value) / median});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::abs(a.value) > std::abs(b.value);
  });
  if (static_cast<int64_t>(found.size()) > limit) found.resize(static_cast<size_t>(limit));
  return found;
}

Tensor FirstTokenOutlier(const Tensor& stream) {
  const int64_t P = stream.size(0), T = stream.size(1);
  if (T < 2) return at::full({P}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  const Tensor norms = stream.to(at::kFloat).norm(2, -1);  // [P, T]
  return norms.select(1, 0) / std::get<0>(norms.slice(1, 1, T).median(1));
}

Tensor TokenCosines(const Tensor& point, bool centred) {
  CheckShape("point", point, {kAny, kAny});
  const Tensor x = point.to(at::kFloat);
  const Tensor directions = Directions(centred ? Centred(x) : x);
  return at::matmul(directions, directions.t());
}

Tensor PointCosines(const Tensor& stream, bool centred) {
  CheckShape("stream", stream, {kAny, kAny, kAny});
  const Tensor x = stream.to(at::kFloat);
  const Tensor directions = Directions(centred ? Centred(x) : x).transpose(0, 1);  // [T, P, C]
  return at::matmul(directions, directions.transpose(1, 2)).mean(0);
}

Components PrincipalComponents(const Tensor& vectors, int64_t count) {
  CheckShape("vectors", vectors, {kAny, kAny});
  const Tensor x = Centred(vectors.to(at::kDouble));
  // Of C × C numbers, however many the vectors are; ascending.
  auto [variance, directions] = at::linalg_eigh(at::matmul(x.t(), x));
  const int64_t C = x.size(1), kept = std::min({count, x.size(0), C});
  variance = variance.flip(0).clamp_min(0);
  directions = directions.flip(1).slice(1, 0, kept);  // [C, K]
  // A component's sign means nothing; fixed, so that pictures of two steps can be compared.
  const Tensor largest = directions.abs().argmax(0, /*keepdim=*/true);
  const Tensor sign = at::where(directions.gather(0, largest) < 0, -1.0, 1.0);  // [1, K]
  const Tensor whole = variance.sum();
  return {at::matmul(x, directions * sign).to(at::kFloat),
          whole.item<double>() > 0 ? (variance / whole).slice(0, 0, kept).to(at::kFloat)
                                   : at::zeros({kept})};
}

}  // namespace lab
