#pragma once

// A setting against a result, one dot a run: what a sweep found. GUI thread.

#include <vector>

#include "gui/charts/static_chart.h"

namespace lab::gui {

struct ScatterPoint {
  double x = 0, y = 0;
  QColor color;
  QString text;  // what the dot is, at the pointer: "job 12, seed 3"
};

class ScatterChart : public StaticChart {
  Q_OBJECT
 public:
  explicit ScatterChart(const QString& title = {}, QWidget* parent = nullptr);

  void setX(const QString& name, const QString& unit, bool log = false);
  void setY(const QString& name, const QString& unit, bool log = false);
  // Those that an axis cannot show (not finite; on a logarithm not above 0) are counted below.
  void setPoints(std::vector<ScatterPoint> points);
  size_t shown() const { return shown_; }

 Q_SIGNALS:
  // By its place in setPoints.
  void clicked(int index);

 protected:
  void redraw() override;

 private:
  struct Axis {
    QString name, unit;
    bool log = false;

    bool shows(double value) const;
  };

  // The point next to a place of the chart, in shares of its axes; -1 if there is none.
  int nearest(const QPointF& place) const;

  Axis x_, y_;
  Bounds x_bounds_, y_bounds_;
  std::vector<ScatterPoint> points_;
  size_t shown_ = 0;
};

}  // namespace lab::gui
