#pragma once

// What the residual stream holds at each of its points, and what each sublayer adds to it. A stream
// is [P, T, C]: P points (before the first block, then after the attention and after the
// feed-forward of each block), T tokens, C channels. One thread at a time.

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace lab {

// Of each vector of the stream, over its channels: [P, T] each.
struct StreamStats {
  at::Tensor mean;
  at::Tensor std;  // over C, not C − 1
  at::Tensor min;
  at::Tensor max;
  at::Tensor norm;  // Euclidean
};
StreamStats StatsOf(const at::Tensor& stream);

// A channel of one token that is larger by orders of magnitude than the others there: above 100 and
// above 1,000 times the median magnitude of that point's values. Sun et al. 2024,
// arXiv:2402.17762.
struct MassiveActivation {
  int64_t point = 0, token = 0, channel = 0;
  double value = 0;
  double times_median = 0;
};
// At most `limit`, largest first.
std::vector<MassiveActivation> MassiveActivations(const at::Tensor& stream, int64_t limit);

// How many times the median norm of the other tokens the first token's norm is, [P]; NaN for fewer
// than two tokens.
at::Tensor FirstTokenOutlier(const at::Tensor& stream);

// Cosines between the tokens of one point [T, C] → [T, T]; with `centred` after the mean over the
// tokens is taken off each (what all have in common makes everything look alike).
at::Tensor TokenCosines(const at::Tensor& point, bool centred);
// Cosines between the points, mean over tokens: [P, T, C] → [P, P]. `centred` as above, per point.
at::Tensor PointCosines(const at::Tensor& stream, bool centred);

// Principal components of vectors [N, C] about their mean.
struct Components {
  at::Tensor places;  // [N, K], along each component; its largest entry in magnitude is positive
  at::Tensor shares;  // [K], of the whole variance
};
Components PrincipalComponents(const at::Tensor& vectors, int64_t count);

}  // namespace lab
