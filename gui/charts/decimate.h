#pragma once

// Thins a curve to what a screen can show: of each column of pixels its first, last, least and
// greatest value, so that no spike is lost at any zoom. The cost grows with the columns and the
// logarithm of the points, not with the points. Pure.

#include <cstddef>
#include <vector>

#include "gui/charts/curve_data.h"

namespace lab::gui {

// What the points [first, end) of one column of pixels are. Values are NaN if none is finite.
struct CurveColumn {
  int pixel = 0;  // 0 … width - 1
  size_t first = 0, end = 0;
  double low = 0, high = 0;     // of the finite values
  double enter = 0, leave = 0;  // the first and last finite value
  size_t gaps = 0;              // values that are not finite: marked, never drawn as numbers
};

// The column of `x` where [from, to] has `width` of them; below 0 or from `width` on it is outside.
int columnOf(double x, double from, double to, int width);

// The columns that have points, in order. Requires: from < to, width >= 1, data refreshed.
std::vector<CurveColumn> decimate(const CurveData& data, double from, double to, int width);

}  // namespace lab::gui
