#pragma once

// When a curve over training changed: the one step that explains it best. For the values v_1 … v_n
// measured at the steps s_1 < … < s_n, a step after the k-th leaves
//
//   SSE(k) = Σ_{i ≤ k} (v_i − mean(v_1 … v_k))² + Σ_{i > k} (v_i − mean(v_{k+1} … v_n))²
//
// and the change lies after s_k and at s_{k+1} or before, for the k that leaves least. How sure it
// is:
//
//   share  = 1 − SSE(k) / Σ (v_i − mean(v))²
//
// is the part of the curve's variance that the two levels explain. It is 1 for two levels and
// nothing else; a straight line, which has no such moment, reaches 3/4, so only what is clearly
// above tells a change from a drift. Noise reaches something, too, the more the fewer points there
// are; `chance` says how often: the share of 999 shuffles of the same values, and of the curve
// itself, whose best step explains as much. Pure.

#include <cstdint>
#include <vector>

#include "core/base/status.h"

namespace lab {

struct ChangePoint {
  int64_t after = 0, until = 0;   // it lies in (after, until]
  double before = 0, behind = 0;  // the mean on either side
  double share = 0;               // of the variance, 0 … 1
  double chance = 1;              // of as much among shuffled values, 0.001 … 1

  // Told from a drift and from noise: clearer than a straight line, rarer than 1 in 20 by chance.
  bool sure() const { return share >= 0.85 && chance <= 0.05; }
};

inline constexpr size_t kLeastForChange = 5;

// What is not finite is left out. FAILED_PRECONDITION says why there is none: fewer than
// kLeastForChange values, or all the same. Requires: `steps` ascend, as many as values.
absl::StatusOr<ChangePoint> FindChange(const std::vector<int64_t>& steps,
                                       const std::vector<double>& values);

}  // namespace lab
