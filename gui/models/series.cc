#include "gui/models/series.h"

#include <algorithm>

namespace lab::gui {

void Series::append(int64_t step, double seconds, double value) {
  if (!steps_.empty() && step <= steps_.back()) {
    const auto place = std::lower_bound(steps_.begin(), steps_.end(), step);
    const auto i = place - steps_.begin();
    if (*place == step) {
      seconds_[i] = seconds;
      values_[i] = value;
      return;
    }
    steps_.insert(place, step);
    seconds_.insert(seconds_.begin() + i, seconds);
    values_.insert(values_.begin() + i, value);
    return;
  }
  steps_.push_back(step);
  seconds_.push_back(seconds);
  values_.push_back(value);
}

void Series::rewind(int64_t step) {
  const auto keep = std::upper_bound(steps_.begin(), steps_.end(), step) - steps_.begin();
  steps_.resize(keep);
  seconds_.resize(keep);
  values_.resize(keep);
}

void Series::clear() {
  steps_.clear();
  seconds_.clear();
  values_.clear();
}

}  // namespace lab::gui
