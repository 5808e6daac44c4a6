#pragma once

// All that a chart of curves shows, apart from which part of it is in sight. GUI thread.

#include <optional>
#include <string>
#include <vector>

#include "gui/charts/chart_types.h"
#include "gui/charts/curve_data.h"

namespace lab::gui {

struct Band {
  std::vector<double> x, low, high;
};

struct PlotCurve {
  CurveId id = 0;
  CurveStyle style;
  CurveData data;
  Band band;
};

struct PlotScene {
  std::vector<PlotCurve> curves;
  std::optional<double> floor;
  QString floor_text;
  std::vector<ChartMark> marks;
  QString y_name, y_unit;
  XAxis x_axis = XAxis::kStep;
  int64_t expected_end = 0;
  bool log_y = false;
  bool clip = false;
  std::optional<CurveId> highlight;

  PlotCurve* find(CurveId id);
  const PlotCurve* find(CurveId id) const;
  // Takes up what happened to the series; the ids of the curves that changed.
  std::vector<CurveId> refresh();
  // Where a step lies on the axis in use; absent where no curve tells.
  std::optional<double> xOfStep(int64_t step) const;
};

// The nearest curve to a point of the plot, at most `reach` pixels away; absent if none is.
class PlotMap;
std::optional<CurveId> curveNear(const PlotScene& scene, const PlotMap& map, double x_pixel,
                                 double y_pixel, double reach);

// The points within [x_low, x_high] as they were measured, as CSV: curve, step, x, value.
std::string csvOf(const PlotScene& scene, double x_low, double x_high);

}  // namespace lab::gui
