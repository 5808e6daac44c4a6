#pragma once

// What the charts and those who use them both name. Values only.

#include <QColor>
#include <QString>
#include <cstdint>
#include <optional>

#include "gui/models/words.h"
#include "proto/client/x_axis.h"

namespace lab::gui {

// "step", "tokens", "time".
QString wordOf(XAxis axis);

// Names a curve of one chart; never 0.
using CurveId = int;

struct CurveStyle {
  QString label;       // "train"
  QColor color;        // of the theme in use; set it again when the theme changes
  QString n_text;      // beside the label in the legend: "n = 3"
  bool smooth = true;  // follows the chart's smoothing; false: drawn as measured
  bool dashed = false;

  bool operator==(const CurveStyle&) const = default;
};

// A dotted vertical with a word: a checkpoint, a pause, a setting changed while it ran.
struct ChartMark {
  int64_t step = 0;
  QString text;  // "saved", "learning rate 1e-3 → 6e-4"
  Tone tone = Tone::kPlain;
};

// A rectangle of data. Values of the axes, not their logarithms.
struct ChartView {
  double x_low = 0, x_high = 1;
  double y_low = 0, y_high = 1;
  bool log_y = false;

  bool operator==(const ChartView&) const = default;
};

}  // namespace lab::gui
