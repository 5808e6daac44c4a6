#pragma once

// Which part of the data a chart shows by itself: all of it, in round numbers, without jumping at
// every point that arrives. Pure.

#include "gui/charts/plot_scene.h"

namespace lab::gui {

// A range that holds [low, high] with some room. `shown` is kept as long as it holds the data and
// they fill a good part of it; `start` and `end` are bounds that need no room (a run begins at 0).
struct Bounds {
  double low = 0, high = 1;
  bool operator==(const Bounds&) const = default;
};
Bounds settledLinear(const Bounds& data, const Bounds* shown);
// The same for a logarithm. Requires: 0 < low.
Bounds settledLog(const Bounds& data, const Bounds* shown);
// Along x: from the first point to the last, or to what is expected; what grows gets room ahead.
Bounds settledX(const Bounds& data, double expected_end, const Bounds* shown);

// What of the curves lies within [x_low, x_high]. With scene.clip the greatest and least hundredth
// of the points do not count. Absent if there is nothing finite (for a logarithm: above 0).
std::optional<Bounds> valuesIn(const PlotScene& scene, double x_low, double x_high);
std::optional<Bounds> xOf(const PlotScene& scene);

// The view of everything; `shown` is what is seen now, nullptr at first. `keep_x` leaves x as
// shown.
ChartView settledView(const PlotScene& scene, const ChartView* shown, bool keep_x);

// How many points of the view's x range are finite but above or below it, and how many are not
// finite.
struct Outside {
  size_t outside = 0;
  size_t gaps = 0;
};
Outside outsideOf(const PlotScene& scene, const ChartView& view);

}  // namespace lab::gui
