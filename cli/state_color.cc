#include "cli/state_color.h"

namespace lab::cli {

std::optional<Color> ColorOf(v1::Job::State state) {
  switch (state) {
    case v1::Job::RUNNING:
      return Color::kCyan;
    case v1::Job::SUCCEEDED:
      return Color::kGreen;
    case v1::Job::FAILED:
      return Color::kRed;
    case v1::Job::STOPPING:
    case v1::Job::PAUSED:
    case v1::Job::HELD:
      return Color::kYellow;
    case v1::Job::CANCELLED:
      return Color::kDim;
    default:
      return std::nullopt;
  }
}

}  // namespace lab::cli
