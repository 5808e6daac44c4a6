#pragma once

// A setting against a result, one dot a run: what a sweep found. GUI thread.

#include <QStringList>
#include <optional>
#include <vector>

#include "gui/charts/static_chart.h"

namespace lab::gui {

struct ScatterPoint {
  double x = 0, y = 0;
  QColor color;
  QString text;                 // what the dot is, at the pointer: "job 12, seed 3"
  std::optional<double> error;  // of y, drawn as a bar to both sides
};

class ErrorBars;

class ScatterChart : public StaticChart {
  Q_OBJECT
 public:
  explicit ScatterChart(const QString& title = {}, QWidget* parent = nullptr);

  void setX(const QString& name, const QString& unit, bool log = false);
  // Words along x: a point's x is the place of its word, from 0.
  void setCategories(const QString& name, const QStringList& words);
  void setY(const QString& name, const QString& unit, bool log = false);
  // Those that an axis cannot show (not finite; on a logarithm not above 0) are counted below.
  void setPoints(std::vector<ScatterPoint> points);
  size_t shown() const { return shown_; }
  // A ring around one of the points; -1 for none.
  void setMarked(int index);

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

  void addDots();
  void addRing();
  void showTip(const QPointF& place, bool entered);
  // The point next to a place of the chart, in shares of its axes; -1 if there is none.
  int nearest(const QPointF& place) const;

  Axis x_, y_;
  QStringList words_;  // along x, where there are no numbers
  Bounds x_bounds_, y_bounds_;
  std::vector<ScatterPoint> points_;
  size_t shown_ = 0;
  int marked_ = -1;
  ErrorBars* bars_;
};

}  // namespace lab::gui
