#pragma once

// The charts of one live run: the loss large, gradient norm, learning rate and step time small.
// GUI thread.

#include <QWidget>

#include "gui/charts/line_chart.h"
#include "gui/models/run.h"

namespace lab::gui {

class RunCharts : public QWidget {
  Q_OBJECT
 public:
  explicit RunCharts(QWidget* parent = nullptr);
  ~RunCharts() override;

  // Shows another run; nullptr for none. The run outlives its being shown here.
  void setRun(const Run* run);
  // The run has more of this (Run::Part).
  void take(unsigned parts);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  // One curve and the metric that it shows.
  struct Curve {
    LineChart* chart;
    CurveId id;
    const char* metric;
    size_t color;  // of the theme's series
    const Series* series = nullptr;
    const Series* tokens = nullptr;
  };
  LineChart* addSmall(const QString& title, const QString& y, const QString& unit);
  void addCurve(LineChart* chart, const char* metric, const QString& label, size_t color,
                bool smooth);
  void bind();
  void showFloor();
  void showMarks();
  void colour();

  const Run* run_ = nullptr;
  LineChart* loss_;
  std::vector<LineChart*> charts_;
  std::vector<Curve> curves_;
  std::vector<CurveStyle> styles_;  // as curves_
};

}  // namespace lab::gui
