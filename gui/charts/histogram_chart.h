#pragma once

// How numbers are distributed: final losses of a sweep's runs, gradient norms, weights. GUI thread.

#include <vector>

#include "gui/charts/static_chart.h"

namespace lab::gui {

struct Histogram {
  double low = 0, width = 1;  // of the first bin, of each
  std::vector<size_t> counts;
  size_t gaps = 0;  // values that are not finite
};

// Bins of one width that follows the spread of the middle half of the values. Freedman and Diaconis
// 1981, Zeitschrift für Wahrscheinlichkeitstheorie 57, p. 453: 2 IQR / n^(1/3). At most
// `most_bins`; one for a constant, none without a finite value. Pure.
Histogram histogramOf(std::vector<double> values, int most_bins);

class HistogramChart : public StaticChart {
  Q_OBJECT
 public:
  explicit HistogramChart(const QString& title = {}, QWidget* parent = nullptr);

  // What the numbers are: "validation loss", "nats/token".
  void setX(const QString& name, const QString& unit);
  void setValues(std::vector<double> values);
  const Histogram& histogram() const { return histogram_; }

 protected:
  void redraw() override;

 private:
  QString name_, unit_;
  Histogram histogram_;
};

}  // namespace lab::gui
