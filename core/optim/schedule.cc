#include "core/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lab {

int64_t WarmupSteps(const ScheduleConfig& config, int64_t total_steps) {
  const double steps =
      config.warmup < 1 ? config.warmup * static_cast<double>(total_steps) : config.warmup;
  return std::min<int64_t>(total_steps, std::llround(std::min(steps, 1e15)));
}

double ScheduleFactor(const ScheduleConfig& config, int64_t step, int64_t total_steps) {
  total_steps = std::max<int64_t>(1, total_steps);
  step = std::clamp<int64_t>(step, 1, total_steps);
  const int64_t warmup = WarmupSteps(config, total_steps);
  if (step <= warmup) return static_cast<double>(step) / static_cast<double>(warmup);
  if (config.shape == "constant") return 1;

  // The fall begins after update `begin` and reaches `final` at the last one.
  int64_t begin = warmup;
  if (config.shape == "wsd") {
    const int64_t fall = std::llround(config.decay * static_cast<double>(total_steps));
    begin = std::max(warmup, total_steps - fall);
  }
  if (step <= begin) return 1;
  const double progress =
      static_cast<double>(step - begin) / static_cast<double>(total_steps - begin);
  const double left =
      config.shape == "cosine" ? 0.5 * (1 + std::cos(std::numbers::pi * progress)) : 1 - progress;
  return config.final + (1 - config.final) * left;
}

}  // namespace lab
