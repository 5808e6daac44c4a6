#pragma once

// The learning rate as a pure function of the step. Any thread; no LibTorch.

#include <cstdint>
#include <string>

#include "core/config/describe.h"

namespace lab {

struct ScheduleConfig {
  std::string shape = "cosine";
  double warmup = 0.05;
  double final = 0.1;
  double decay = 0.2;

  template <class V>
  constexpr void Describe(V& v) {
    v("shape", shape,
      {.help = "how the rate falls after warmup",
       .choices = {"cosine", "linear", "constant", "wsd"}});
    v("warmup", warmup,
      {.help = "linear rise to the peak: below 1 a fraction of the run, else a number of steps",
       .min = 0});
    v("final", final, {.help = "rate at the end, as a fraction of the peak", .min = 0, .max = 1});
    v("decay", decay,
      {.help = "wsd only: fraction of the run that the fall at its end takes", .min = 0, .max = 1});
  }
};

// Steps of warmup in a run of `total_steps`, at most all of them.
int64_t WarmupSteps(const ScheduleConfig& config, int64_t total_steps);

// The rate that makes update `step` (the first is 1) of `total_steps`, as a fraction of the peak:
//   warmup    step / WarmupSteps, so the first update already moves
//   cosine    from 1 to `final` along half a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983)
//   linear    from 1 to `final` along a line
//   constant  1
//   wsd       1, then along a line to `final` over the last `decay` of the run
//             (Hu et al. 2024, MiniCPM, arXiv:2404.06395)
// Steps below 1 count as 1; steps after the end keep the last step's rate.
double ScheduleFactor(const ScheduleConfig& config, int64_t step, int64_t total_steps);

inline double LearningRate(double peak, const ScheduleConfig& config, int64_t step,
                           int64_t total_steps) {
  return peak * ScheduleFactor(config, step, total_steps);
}

}  // namespace lab
