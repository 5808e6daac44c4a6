#pragma once

// Curves over one axis in the terminal: braille where the terminal knows Unicode, ASCII else.
// Curves are told apart by colour and, without it, by the letter that stands on each. Pure.

#include <optional>
#include <string>
#include <vector>

#include "cli/output/canvas.h"

namespace lab::cli {

// Columns of equal length, x ascending. A y that is not finite (or, on a logarithmic axis, not
// positive) breaks the line; "!" marks where the line breaks off for good.
struct ChartCurve {
  std::string mark;  // one character
  Ink ink;
  std::vector<double> x, y;
  std::vector<double> low, high;  // a band around the line; empty: none
};

struct ChartOptions {
  int width = 80;   // columns in all, at least 30
  int height = 16;  // rows of the plot, at least 4
  bool unicode = true;
  bool color = false;
  bool log_y = false;
  std::string x_title;
  std::vector<double> floors;  // dotted lines
};

// The ink of the curve with this index: colours that people with any colour vision tell apart
// (Okabe & Ito 2008, as near as xterm's 256 come), again from the start after eight.
Ink CurveInk(size_t index, char ascii);

// Lines with newlines; "" if no curve has a point to draw.
std::string DrawChart(const std::vector<ChartCurve>& curves, const ChartOptions& options);

}  // namespace lab::cli
