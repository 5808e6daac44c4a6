#include "gui/charts/curve_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lab::gui {
namespace {

constexpr size_t kStride = 64;  // points between two remembered states of the smoothing
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void CurveData::setSeries(const Series* series, const Series* tokens) {
  if (series == series_ && tokens == tokens_) return;
  series_ = series;
  tokens_ = tokens;
  own_values_.clear();
  own_extremes_.truncate(0);
  reset();
}

void CurveData::setColumns(std::vector<double> x, std::vector<double> y) {
  series_ = tokens_ = nullptr;
  const size_t count = std::min(x.size(), y.size());
  x.resize(count);
  y.resize(count);
  own_values_ = std::move(y);
  own_extremes_.truncate(0);
  own_extremes_.grow(own_values_);
  reset();
  x_ = std::move(x);
}

void CurveData::setXAxis(XAxis axis) {
  if (axis == axis_) return;
  axis_ = axis;
  if (series_ != nullptr) reset();
}

void CurveData::setSmoothness(double smoothness) {
  if (smoothness == smoothness_) return;
  smoothness_ = smoothness;
  states_.clear();
  touched_ = true;
}

void CurveData::reset() {
  x_.clear();
  settled_ = seen_ = 0;
  states_.clear();
  size_ = 0;
  steps_ = nullptr;
  touched_ = true;
}

bool CurveData::refresh() {
  bool changed = touched_;
  if (series_ != nullptr) {
    const uint64_t token_edits = tokens_ != nullptr ? tokens_->edits() : 0;
    if (series_->edits() != edits_ || token_edits != token_edits_) {
      edits_ = series_->edits();
      token_edits_ = token_edits;
      reset();
      changed = true;
    }
    changed |= series_->size() != seen_;
    changed |= axis_ == XAxis::kTokens && tokens_ != nullptr && tokens_->size() != token_count_;
    seen_ = series_->size();
  }
  touched_ = false;
  if (!changed) return false;
  deriveX();
  deriveSmoothing();
  return true;
}

void CurveData::deriveX() {
  steps_ = nullptr;
  if (series_ == nullptr) {
    size_ = x_.size();
    return;
  }
  switch (axis_) {
    case XAxis::kStep:
      steps_ = &series_->steps();
      size_ = series_->size();
      return;
    case XAxis::kTime: {
      const std::vector<double>& seconds = series_->seconds();
      // Never backwards, so that a place can be looked up.
      for (size_t i = x_.size(); i < seconds.size(); ++i) {
        const double before = i == 0 ? 0 : x_.back();
        x_.push_back(std::isfinite(seconds[i]) ? std::max(before, seconds[i]) : before);
      }
      break;
    }
    case XAxis::kTokens:
      deriveTokens();
      break;
  }
  size_ = x_.size();
}

// Tokens are logged at some steps; between them they grow evenly, from 0 at step 0.
void CurveData::deriveTokens() {
  x_.resize(std::min(settled_, x_.size()));
  token_count_ = tokens_ != nullptr ? tokens_->size() : 0;
  if (token_count_ == 0) return;
  const std::vector<int64_t>& steps = series_->steps();
  const std::vector<int64_t>& known = tokens_->steps();
  const std::vector<double>& counts = tokens_->values();
  auto count = [&](size_t i) { return std::isfinite(counts[i]) ? counts[i] : 0.0; };
  size_t at =
      x_.size() < steps.size()
          ? static_cast<size_t>(std::lower_bound(known.begin(), known.end(), steps[x_.size()]) -
                                known.begin())
          : 0;
  for (size_t i = x_.size(); i < steps.size(); ++i) {
    while (at < known.size() && known[at] < steps[i]) ++at;
    double tokens = count(token_count_ - 1);
    if (at < known.size()) {
      const double from = at == 0 ? 0 : count(at - 1);
      const double from_step = at == 0 ? 0 : static_cast<double>(known[at - 1]);
      const double width = static_cast<double>(known[at]) - from_step;
      const double share = width > 0 ? (static_cast<double>(steps[i]) - from_step) / width : 1;
      tokens = from + (count(at) - from) * std::clamp(share, 0.0, 1.0);
      settled_ = i + 1;
    }
    x_.push_back(x_.empty() ? tokens : std::max(x_.back(), tokens));
  }
}

void CurveData::deriveSmoothing() {
  if (!smooth() || size_ == 0) return;
  const std::vector<double>& value = values();
  if (states_.empty()) states_.emplace_back();
  while (states_.size() * kStride < size_) {
    Smoother state = states_.back();
    const size_t from = (states_.size() - 1) * kStride;
    for (size_t i = from; i < from + kStride; ++i) state.Next(value[i], smoothness_);
    states_.push_back(state);
  }
}

const std::vector<double>& CurveData::values() const {
  return series_ != nullptr ? series_->values() : own_values_;
}

const Extremes& CurveData::extremes() const {
  return series_ != nullptr ? series_->extremes() : own_extremes_;
}

size_t CurveData::lowerBound(double x) const {
  if (steps_ != nullptr) {
    const auto before = [](int64_t step, double x) { return static_cast<double>(step) < x; };
    return static_cast<size_t>(
        std::lower_bound(steps_->begin(), steps_->begin() + size_, x, before) - steps_->begin());
  }
  return static_cast<size_t>(std::lower_bound(x_.begin(), x_.begin() + size_, x) - x_.begin());
}

size_t CurveData::upperBound(double x) const {
  if (steps_ != nullptr) {
    const auto before = [](double x, int64_t step) { return x < static_cast<double>(step); };
    return static_cast<size_t>(
        std::upper_bound(steps_->begin(), steps_->begin() + size_, x, before) - steps_->begin());
  }
  return static_cast<size_t>(std::upper_bound(x_.begin(), x_.begin() + size_, x) - x_.begin());
}

double CurveData::xOfStep(int64_t step) const {
  if (series_ == nullptr || size_ == 0) return kNan;
  if (steps_ != nullptr) return static_cast<double>(step);
  const std::vector<int64_t>& steps = series_->steps();
  const auto after = std::upper_bound(steps.begin(), steps.begin() + size_, step) - steps.begin();
  return after == 0 ? kNan : x_[after - 1];
}

double CurveData::smoothed(size_t i) const {
  if (!smooth()) return y(i);
  const std::vector<double>& value = values();
  Smoother state = states_[i / kStride];
  for (size_t k = i / kStride * kStride; k < i; ++k) state.Next(value[k], smoothness_);
  return state.Next(value[i], smoothness_);
}

}  // namespace lab::gui
