#pragma once

// The curves of a comparison: each in its run's colour, a group's mean with its band, the floor
// where all have the same. GUI thread.

#include <vector>

#include "gui/charts/line_chart.h"
#include "gui/models/color_book.h"
#include "gui/models/comparison.h"
#include "gui/models/curve_detail.h"

namespace lab::gui {

class ComparedChart : public LineChart {
  Q_OBJECT
 public:
  // All three outlive this.
  ComparedChart(LabSession* session, const Comparison* comparison, ColorBook* colors,
                QWidget* parent = nullptr);

  // Takes up what the comparison holds now.
  void take();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  // What a curve was last drawn from: what is the same is not drawn again.
  struct Drawn {
    CurveId id = 0;
    CurveStyle style;
    size_t print = 0;
  };
  CurveStyle styleOf(const Compared& curve, std::vector<int>* drawn) const;
  void draw(const Compared& curve, Drawn* drawn);
  void showFloor();

  const Comparison* comparison_;
  CurveDetail detail_;
  ColorBook* colors_;
  std::vector<Drawn> curves_;
};

}  // namespace lab::gui
