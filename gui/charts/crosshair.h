#pragma once

// The exact values of all curves at one place, and the card that shows them. GUI thread.

#include <QPointF>
#include <QString>
#include <vector>

#include "gui/charts/axes.h"
#include "gui/charts/plot_scene.h"

class QPainter;
class QFont;

namespace lab::gui {

struct Reading {
  CurveId id = 0;  // 0: the distance to the floor
  QString label;
  QColor color;
  double x = 0;         // of the point: the last one at or before the place
  double value = 0;     // as measured; may be NaN or infinite
  double smoothed = 0;  // NaN if the curve is not smoothed
};

struct Readings {
  double x = 0;               // of the newest point at or before the place
  std::vector<Reading> rows;  // in the order of the curves; those without a point there are absent
};

// Of all curves at the newest point at or before `x`, then the first curve's distance to the floor.
Readings readingsAt(const PlotScene& scene, double x);

// The point of any curve next to `x` in this direction (1 or -1); absent if there is none.
std::optional<double> neighbourOf(const PlotScene& scene, double x, int direction);

// The line and its card, beside the line where there is room. Of many rows those nearest to
// `pointer` in height are shown. `smoothed` adds their column.
void drawCrosshair(QPainter* painter, const PlotMap& map, const PlotScene& scene,
                   const Readings& readings, double pointer_y, const Tokens& tokens,
                   const QFont& font);

}  // namespace lab::gui
