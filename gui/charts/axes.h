#pragma once

// From values to pixels and back, and the axes that say so: horizontal grid, 4 to 7 labels, name
// and unit. GUI thread.

#include <QRectF>
#include <vector>

#include "gui/charts/chart_types.h"
#include "proto/client/ticks.h"

class QPainter;
class QFont;

namespace lab::gui {

struct Tokens;

// Where the values of a view lie in a rectangle of pixels.
class PlotMap {
 public:
  PlotMap() = default;
  // Requires: x_low < x_high, y_low < y_high, 0 < y_low if log_y.
  PlotMap(const ChartView& view, const QRectF& rect);

  const ChartView& view() const { return view_; }
  const QRectF& rect() const { return rect_; }
  double toX(double value) const;
  // Not more than a few thousand pixels outside; what a logarithm cannot show lies just below.
  double toY(double value) const;
  double xAt(double pixel) const;
  double yAt(double pixel) const;

 private:
  ChartView view_;
  QRectF rect_;
  double x_scale_ = 1, y_scale_ = 1, y_low_ = 0;  // of the logarithm where there is one
};

// What stands at an axis.
struct AxisText {
  QString name;  // "step", "time (min)", "loss (nats/token)"
  std::vector<Tick> ticks;
};

// Labels for at most this many pixels; time in the unit that fits the range.
AxisText xAxisText(XAxis axis, double low, double high, double width);
AxisText yAxisText(const QString& name, const QString& unit, const ChartView& view, double height);
// The labels with thin spaces between thousands.
QString tickText(const Tick& tick);

// Grid, labels and names around map.rect(), on `painter` in the theme's colours.
void drawAxes(QPainter* painter, const PlotMap& map, const AxisText& x, const AxisText& y,
              const Tokens& tokens, const QFont& font);

// A value as text of the axis: "412", "1.2 M", "3 min 12 s".
QString xText(XAxis axis, double value);

}  // namespace lab::gui
