#include "gui/charts/auto_range.h"

#include <algorithm>
#include <cmath>

namespace lab::gui {
namespace {

constexpr double kRoom = 0.06;       // above and below the data
constexpr double kLeastFill = 0.55;  // of the height, below which a new range is taken
constexpr double kAhead = 1.25;      // how far ahead a growing x axis reaches
constexpr size_t kSamples = 2000;    // of each curve, from which the clip is taken
constexpr double kClipShare = 0.01;
constexpr double kNear = 0.5;  // of the span of the others
constexpr size_t kLeastToClip = 50;

// 1, 2 or 5 × 10^k, the smallest not below `value`.
double roundUp(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= value * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

bool holds(const Bounds& outer, const Bounds& inner) {
  return outer.low <= inner.low && inner.high <= outer.high;
}

// Every so manieth value of a curve within the range, and its extremes.
void sample(const PlotCurve& curve, size_t first, size_t end, bool log, std::vector<double>* all) {
  const std::vector<double>& values = curve.data.values();
  const size_t stride = std::max<size_t>(1, (end - first) / kSamples);
  for (size_t i = first; i < end; i += stride) {
    if (std::isfinite(values[i]) && (!log || values[i] > 0)) all->push_back(values[i]);
  }
}

void widen(std::optional<Bounds>* bounds, double low, double high) {
  if (!*bounds) *bounds = Bounds{low, high};
  (*bounds)->low = std::min((*bounds)->low, low);
  (*bounds)->high = std::max((*bounds)->high, high);
}

// Without the greatest and least hundredth, unless they are near the rest: then they may stay.
Bounds clipped(std::vector<double>* values, const Bounds& all) {
  const size_t count = values->size();
  const auto skip = static_cast<size_t>(kClipShare * static_cast<double>(count));
  auto at = [&](size_t i) {
    std::nth_element(values->begin(), values->begin() + static_cast<ptrdiff_t>(i), values->end());
    return (*values)[i];
  };
  const double low = at(skip), high = at(count - 1 - skip);
  const double near = kNear * (high - low);
  return {all.low >= low - near ? all.low : low, all.high <= high + near ? all.high : high};
}

}  // namespace

Bounds settledLinear(const Bounds& data, const Bounds* shown) {
  const double span = data.high - data.low;
  if (shown != nullptr && holds(*shown, data) && span > 0 &&
      span >= kLeastFill * (shown->high - shown->low)) {
    return *shown;
  }
  const double size = std::max(std::abs(data.low), std::abs(data.high));
  if (span <= size * 1e-9) {  // a constant: around it
    if (shown != nullptr && holds(*shown, data)) return *shown;
    const double half = size > 0 ? size * 0.1 : 1;
    return {data.low - half, data.high + half};
  }
  const double unit = roundUp(span / 20);
  Bounds settled{std::floor((data.low - kRoom * span) / unit) * unit,
                 std::ceil((data.high + kRoom * span) / unit) * unit};
  // What is never negative does not ask for room below zero.
  if (data.low >= 0 && settled.low < 0) settled.low = 0;
  return settled;
}

Bounds settledLog(const Bounds& data, const Bounds* shown) {
  const Bounds logs{std::log10(data.low), std::log10(data.high)};
  if (shown != nullptr && shown->low > 0) {
    const Bounds seen{std::log10(shown->low), std::log10(shown->high)};
    if (holds(seen, logs) && logs.high - logs.low >= kLeastFill * (seen.high - seen.low)) {
      return *shown;
    }
  }
  const double room = std::max(kRoom * (logs.high - logs.low), 0.02);
  return {std::pow(10, logs.low - room), std::pow(10, logs.high + room)};
}

Bounds settledX(const Bounds& data, double expected_end, const Bounds* shown) {
  // From the beginning, unless the data begin far from it.
  const double low = data.low >= 0 && data.low <= 0.2 * data.high ? 0 : data.low;
  const double end = std::max(data.high, expected_end);
  if (end <= low) return {low, low + 1};
  if (expected_end >= data.high) return {low, expected_end};
  if (shown != nullptr && shown->low == low && data.high <= shown->high &&
      shown->high - low <= kAhead * kAhead * (end - low)) {
    return *shown;
  }
  // At first the data fill the axis; when they have grown beyond it there is room ahead.
  if (shown == nullptr || shown->low != low || data.high <= shown->high) return {low, end};
  const double wanted = low + (end - low) * kAhead;
  const double unit = roundUp((wanted - low) / 20);
  return {low, std::ceil(wanted / unit) * unit};
}

std::optional<Bounds> valuesIn(const PlotScene& scene, double x_low, double x_high) {
  std::optional<Bounds> bounds;
  std::vector<double> samples;
  for (const PlotCurve& curve : scene.curves) {
    const size_t first = curve.data.lowerBound(x_low), end = curve.data.upperBound(x_high);
    if (first >= end) continue;
    const Extremes::Range range = curve.data.extremes().over(curve.data.values(), first, end);
    if (range.empty()) continue;
    const bool sampled = scene.clip || (scene.log_y && range.low <= 0);
    const size_t before = samples.size();
    if (sampled) sample(curve, first, end, scene.log_y, &samples);
    if (!scene.log_y || range.low > 0) {
      widen(&bounds, range.low, range.high);
    } else if (range.high > 0 && samples.size() > before) {
      // The least that a logarithm can show.
      widen(&bounds,
            *std::min_element(samples.begin() + static_cast<ptrdiff_t>(before), samples.end()),
            range.high);
    }
  }
  if (bounds && scene.clip && samples.size() >= kLeastToClip) bounds = clipped(&samples, *bounds);
  for (const PlotCurve& curve : scene.curves) {
    const Band& band = curve.band;
    for (size_t i = 0; i < band.x.size() && !scene.clip; ++i) {
      const bool seen = band.x[i] >= x_low && band.x[i] <= x_high;
      if (!seen || !std::isfinite(band.low[i]) || !std::isfinite(band.high[i])) continue;
      if (scene.log_y && band.low[i] <= 0) continue;
      widen(&bounds, band.low[i], band.high[i]);
    }
  }
  if (bounds && scene.floor && (!scene.log_y || *scene.floor > 0)) {
    widen(&bounds, *scene.floor, *scene.floor);
  }
  return bounds;
}

std::optional<Bounds> xOf(const PlotScene& scene) {
  std::optional<Bounds> bounds;
  for (const PlotCurve& curve : scene.curves) {
    if (curve.data.size() == 0) continue;
    widen(&bounds, curve.data.x(0), curve.data.x(curve.data.size() - 1));
  }
  return bounds;
}

ChartView settledView(const PlotScene& scene, const ChartView* shown, bool keep_x) {
  ChartView view{.log_y = scene.log_y};
  if (scene.log_y) view.y_low = 0.1;
  if (shown != nullptr && keep_x) {
    view.x_low = shown->x_low;
    view.x_high = shown->x_high;
  } else {
    const double expected =
        scene.x_axis == XAxis::kStep ? static_cast<double>(scene.expected_end) : 0;
    const Bounds seen = shown != nullptr ? Bounds{shown->x_low, shown->x_high} : Bounds{};
    const Bounds x =
        settledX(xOf(scene).value_or(Bounds{0, 0}), expected, shown != nullptr ? &seen : nullptr);
    view.x_low = x.low;
    view.x_high = x.high;
  }
  const std::optional<Bounds> data = valuesIn(scene, view.x_low, view.x_high);
  if (!data) {
    if (shown != nullptr && shown->log_y == scene.log_y) {
      view.y_low = shown->y_low;
      view.y_high = shown->y_high;
    }
    return view;
  }
  const Bounds seen = shown != nullptr ? Bounds{shown->y_low, shown->y_high} : Bounds{};
  const Bounds* before = shown != nullptr && shown->log_y == scene.log_y ? &seen : nullptr;
  const Bounds y = scene.log_y ? settledLog(*data, before) : settledLinear(*data, before);
  view.y_low = y.low;
  view.y_high = y.high;
  return view;
}

Outside outsideOf(const PlotScene& scene, const ChartView& view) {
  Outside outside;
  for (const PlotCurve& curve : scene.curves) {
    const size_t first = curve.data.lowerBound(view.x_low);
    const size_t end = curve.data.upperBound(view.x_high);
    if (first >= end) continue;
    const Extremes& extremes = curve.data.extremes();
    outside.outside +=
        extremes.countOutside(curve.data.values(), first, end, view.y_low, view.y_high);
    outside.gaps += extremes.over(curve.data.values(), first, end).gaps;
  }
  return outside;
}

}  // namespace lab::gui
