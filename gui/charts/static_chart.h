#pragma once

// What the charts that keep still share: Qt's chart in the theme's colours with our axes (linear or
// logarithmic, labelled as everywhere), title, note and export. GUI thread.

#include <QStringList>
#include <QWidget>
#include <optional>
#include <utility>

#include "core/base/status.h"
#include "gui/charts/auto_range.h"
#include "gui/charts/axes.h"

class QCategoryAxis;
class QChart;
class QChartView;
class QLabel;

namespace lab::gui {

class StaticChart : public QWidget {
  Q_OBJECT
 public:
  explicit StaticChart(const QString& title, QWidget* parent = nullptr);

  void setTitle(const QString& title);
  absl::Status exportPng(const QString& path);

  QSize sizeHint() const override { return {360, 240}; }

 protected:
  // The chart's content again, in the theme of now.
  virtual void redraw() = 0;
  void changeEvent(QEvent* event) override;

  QChart* chart() const { return chart_; }
  // Below the chart: what it leaves out; hidden while empty.
  void setNote(const QString& note);
  // Of a number in the chart's coordinates: its logarithm where the axis is one.
  static double placeOf(double value, bool log);
  void setAxis(Qt::Orientation orientation, const QString& name, const QString& unit,
               const Bounds& bounds, bool log);
  // An axis of words at 0, 1, 2, …; long ones are cut.
  void setWords(Qt::Orientation orientation, const QString& name, const QStringList& words);
  // Ties a series of the chart to both axes; call after setAxis.
  template <class ChartSeries>
  void attach(ChartSeries* series) {
    series->attachAxis(axes_.first);
    series->attachAxis(axes_.second);
  }

 private:
  QCategoryAxis* begin(Qt::Orientation orientation, const QString& name);

  QLabel* title_;
  QChart* chart_;
  QChartView* view_;
  QLabel* note_;
  std::pair<QCategoryAxis*, QCategoryAxis*> axes_;  // along x, along y
};

}  // namespace lab::gui
