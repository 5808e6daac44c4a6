#pragma once

// Where the points of a curve come from: a run's series over step, tokens or time, or columns. It
// keeps what is derived from them (tokens by step, the state of the smoothing) and brings it up to
// date from where it was. GUI thread.

#include <cstdint>
#include <vector>

#include "gui/charts/chart_types.h"
#include "gui/models/series.h"
#include "proto/client/smoother.h"

namespace lab::gui {

class CurveData {
 public:
  // See LineChart::setSeries and setColumns.
  void setSeries(const Series* series, const Series* tokens);
  void setColumns(std::vector<double> x, std::vector<double> y);
  void setXAxis(XAxis axis);
  // 0 for none. Requires: 0 <= smoothness < 1.
  void setSmoothness(double smoothness);

  // Takes up what happened to the series; true if anything did, or a setter was called. Call it
  // before reading: what is read lies within the series as it was at the last refresh.
  bool refresh();

  size_t size() const { return size_; }
  const std::vector<double>& values() const;
  const Extremes& extremes() const;
  double x(size_t i) const { return steps_ != nullptr ? static_cast<double>((*steps_)[i]) : x_[i]; }
  double y(size_t i) const { return values()[i]; }
  // The point's step where the run tells it; else -1.
  int64_t step(size_t i) const { return series_ != nullptr ? series_->steps()[i] : -1; }
  // The first point at or after `x`, and the first beyond it; size() if there is none.
  size_t lowerBound(double x) const;
  size_t upperBound(double x) const;
  // x of a step: of the last point at or before it. NaN if there is none.
  double xOfStep(int64_t step) const;

  bool smooth() const { return smoothness_ > 0; }
  // The smoothed value at a point; what is not finite stays so.
  double smoothed(size_t i) const;

 private:
  void reset();
  void deriveX();
  void deriveTokens();
  void deriveSmoothing();

  XAxis axis_ = XAxis::kStep;
  double smoothness_ = 0;
  const Series* series_ = nullptr;
  const Series* tokens_ = nullptr;
  std::vector<double> own_values_;  // of columns
  Extremes own_extremes_;

  bool touched_ = false;  // by a setter
  uint64_t edits_ = 0, token_edits_ = 0;
  size_t token_count_ = 0;
  size_t seen_ = 0;  // of the series, at the last refresh
  size_t size_ = 0;
  const std::vector<int64_t>* steps_ = nullptr;  // where x is the step
  std::vector<double> x_;                        // where it is not, ascending
  size_t settled_ = 0;                           // of x_: later tokens do not change them
  std::vector<Smoother> states_;                 // before every 64th point
};

}  // namespace lab::gui
