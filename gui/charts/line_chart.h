#pragma once

// Curves over step, tokens or time: live runs, comparisons, whatever a job logs. Fill it once with
// addCurve and setSeries, then call dataChanged() whenever points came: it repaints at most 30
// times a second, and only while it can be seen. Put it into a Card without a title; it has its own
// head. GUI thread.
//
// Mouse: wheel zooms along x (with Ctrl along y), a drag zooms into a box, a drag with Shift or the
// middle button pans, a double click shows all. Keys: + and − zoom, arrows pan, Home shows all,
// Shift with an arrow moves the crosshair from point to point, Escape hides it.

#include <QWidget>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "gui/charts/chart_types.h"
#include "gui/models/series.h"

class QHBoxLayout;
class QLabel;
class QPushButton;
class QSlider;

namespace lab::gui {

class Legend;
class PlotView;

class LineChart : public QWidget {
  Q_OBJECT
 public:
  // What the user may change at the head's right; a union.
  enum Control : unsigned {
    kNoControls = 0,
    kXAxis = 1,
    kSmoothing = 2,
    kLogY = 4,
    kClip = 8,
    kExport = 16,
    kAllControls = 31,
  };

  explicit LineChart(const QString& title = {}, QWidget* parent = nullptr);
  ~LineChart() override;

  void setTitle(const QString& title);
  // The y axis: "loss", "nats/token" (unitText); "" for a number without a unit.
  void setY(const QString& name, const QString& unit);
  void setControls(unsigned controls);
  // A row at the head's right, before the controls, for what the page adds.
  QHBoxLayout* head() { return head_; }

  // Drawn and listed in the order of adding.
  CurveId addCurve(const CurveStyle& style);
  void setStyle(CurveId id, const CurveStyle& style);
  void removeCurve(CurveId id);
  void clearCurves();

  // The curve's points. `series` outlives its use here; nullptr for none. `tokens` is the run's
  // series train/tokens, by which a step becomes a token count; without it the curve is not drawn
  // over tokens.
  void setSeries(CurveId id, const Series* series, const Series* tokens = nullptr);
  // The same from columns: x in what the axis shows (steps, tokens or seconds), ascending. Set them
  // again when xAxisChanged.
  void setColumns(CurveId id, std::vector<double> x, std::vector<double> y);
  // A pale band around a curve, say its mean ± standard error; x as with setColumns. Where low or
  // high is not finite there is none. Empty columns remove it.
  void setBand(CurveId id, std::vector<double> x, std::vector<double> low,
               std::vector<double> high);
  // A green dashed line that names itself: "floor 1.930, the entropy of the corpus".
  void setFloor(std::optional<double> value, const QString& text = {});
  void setMarks(std::vector<ChartMark> marks);
  // How far the axis of steps reaches at least: the run's total_steps. 0 for as far as data does.
  void setExpectedEnd(int64_t step);

  void setXAxis(XAxis axis);
  XAxis x_axis() const { return x_axis_; }
  // 0 for none, else as labctl compare --smooth: below 1. Raw points stay as a thin pale line.
  void setSmoothing(double smoothness);
  double smoothing() const { return smoothing_; }
  void setLogY(bool log);
  // Leaves outliers out of the automatic range, and says how many points are outside.
  void setClip(bool clip);
  // Draws this curve above the others, which turn pale; absent for none.
  void setHighlight(std::optional<CurveId> id);

  // Points were added, replaced or dropped in the series.
  void dataChanged();
  // Ends zooming and panning.
  void showAll();
  // Part of what there is; stays until showAll().
  void setView(const ChartView& view);
  ChartView view() const;

  // The crosshair, for charts that move together. x in what the axis shows.
  void setCrosshair(std::optional<double> x);

  // What is seen, with twice the pixels.
  absl::Status exportPng(const QString& path);
  // The points in sight as they were measured: curve, step, x of the axis, value.
  std::string csv() const;
  absl::Status exportCsv(const QString& path);

 Q_SIGNALS:
  // By the user or by set….
  void xAxisChanged(lab::XAxis axis);
  void smoothingChanged(double smoothness);
  void logYChanged(bool log);
  // The part of the x axis that the user looks at; absent for all of it.
  void xRangeChosen(std::optional<std::pair<double, double>> range);
  // Where the pointer is; absent when it left.
  void crosshairMoved(std::optional<double> x);
  void highlightChanged(std::optional<lab::gui::CurveId> id);

 private:
  void makeControls();
  void curvesChanged();
  void showLegend();
  void showControls();
  void askForExport();

  CurveId last_id_ = 0;
  bool legend_waits_ = false;
  unsigned controls_ = kNoControls;
  XAxis x_axis_ = XAxis::kStep;
  double smoothing_ = 0;
  QLabel* title_;
  Legend* legend_;
  QHBoxLayout* head_;
  PlotView* plot_;
  QWidget* bar_ = nullptr;
  std::vector<QPushButton*> x_buttons_;
  QLabel* smoothing_label_ = nullptr;
  QSlider* smoothing_slider_ = nullptr;
  QPushButton* log_button_ = nullptr;
  QPushButton* clip_button_ = nullptr;
  QPushButton* export_button_ = nullptr;
};

}  // namespace lab::gui
