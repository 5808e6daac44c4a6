#pragma once

// The settings of what a run logs of its model's inside. Each choice of `metrics` is known to
// core/inspect/observe.cc.

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/describe.h"

namespace lab {

struct ObserveConfig {
  std::vector<std::string> metrics;
  AutoOr<int64_t> every;

  template <class V>
  constexpr void Describe(V& v) {
    v("metrics", metrics,
      {.help = "what is logged of the model's inside, one metric a head or a place in the residual "
               "stream; heard where validation reads its first windows",
       .choices = {"heads/entropy", "heads/distance", "heads/sink", "heads/previous_token",
                   "heads/duplicate_token", "heads/induction", "heads/repeated_induction",
                   "heads/shifted_induction", "residual/norm", "residual/std",
                   "residual/first_token", "residual/attn_norm", "residual/mlp_norm"},
       .group = "Observed",
       .advanced = true});
    v("every", every,
      {.help = "steps between looks inside; auto looks with each validation, 0 never",
       .unit = "steps",
       .min = 0,
       .group = "Observed",
       .advanced = true,
       .live = true});
  }
};

}  // namespace lab
