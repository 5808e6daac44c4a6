#pragma once

// What a run logs of its own inside (observe.metrics): a chart for each statistic, a curve for each
// head, point or layer; of many those that moved most. Hidden while there is nothing. GUI thread.

#include <QWidget>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gui/charts/line_chart.h"
#include "gui/models/run.h"

class QLabel;

namespace lab::gui {

class ObservedCharts : public QWidget {
  Q_OBJECT
 public:
  explicit ObservedCharts(QWidget* parent = nullptr);
  ~ObservedCharts() override;

  // Shows another run; nullptr for none. The run outlives its being shown here.
  void setRun(const Run* run);
  // There are more points.
  void take();
  std::vector<LineChart*> charts() const;

  // "heads/induction" of "heads/induction/1.0"; "" of a metric that is not one of many.
  static std::string statisticOf(const std::string& metric);
  // At most `most` of these, by the spread of their values, in the order given.
  static std::vector<const Series*> movedMost(std::vector<const Series*> series, size_t most);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Statistic {
    QWidget* card = nullptr;
    LineChart* chart = nullptr;
    QLabel* note = nullptr;            // "6 of 64: …"
    std::vector<const Series*> all;    // all that were logged
    std::vector<const Series*> shown;  // those drawn
    std::vector<CurveId> curves;       // as shown
  };
  Statistic& statistic(const std::string& name, const Series& first);
  void draw(Statistic& statistic);

  const Run* run_ = nullptr;
  std::map<std::string, Statistic> statistics_;
};

}  // namespace lab::gui
