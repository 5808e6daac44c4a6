#include "gui/models/series.h"

#include <algorithm>
#include <cmath>

namespace lab::gui {
namespace {

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

void Series::append(int64_t step, double seconds, double value) {
  if (!steps_.empty() && step <= steps_.back()) {
    const auto place = std::lower_bound(steps_.begin(), steps_.end(), step);
    const auto i = place - steps_.begin();
    if (*place == step) {
      if (same(seconds_[i], seconds) && same(values_[i], value)) return;
      seconds_[i] = seconds;
      values_[i] = value;
      extremes_.replaced(values_, static_cast<size_t>(i));
    } else {
      steps_.insert(place, step);
      seconds_.insert(seconds_.begin() + i, seconds);
      values_.insert(values_.begin() + i, value);
      extremes_.truncate(static_cast<size_t>(i));
      extremes_.grow(values_);
    }
    ++edits_;
    return;
  }
  steps_.push_back(step);
  seconds_.push_back(seconds);
  values_.push_back(value);
  extremes_.grow(values_);
}

void Series::rewind(int64_t step) {
  const auto keep = std::upper_bound(steps_.begin(), steps_.end(), step) - steps_.begin();
  if (static_cast<size_t>(keep) == steps_.size()) return;
  steps_.resize(keep);
  seconds_.resize(keep);
  values_.resize(keep);
  extremes_.truncate(static_cast<size_t>(keep));
  ++edits_;
}

void Series::clear() {
  steps_.clear();
  seconds_.clear();
  values_.clear();
  extremes_.truncate(0);
  ++edits_;
}

}  // namespace lab::gui
