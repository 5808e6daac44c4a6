#include "gui/charts/decimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lab::gui {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

CurveColumn columnWith(const CurveData& data, int pixel, size_t first, size_t end) {
  const Extremes::Range range = data.extremes().over(data.values(), first, end);
  CurveColumn column{pixel, first, end, kNan, kNan, kNan, kNan, range.gaps};
  if (range.empty()) return column;
  column.low = range.low;
  column.high = range.high;
  while (!std::isfinite(data.y(first))) ++first;
  while (!std::isfinite(data.y(end - 1))) --end;
  column.enter = data.y(first);
  column.leave = data.y(end - 1);
  return column;
}

}  // namespace

int columnOf(double x, double from, double to, int width) {
  const double place = std::floor((x - from) / (to - from) * width);
  // The right edge belongs to the last column.
  if (x <= to && place >= width) return width - 1;
  return static_cast<int>(std::clamp(place, -1.0, static_cast<double>(width)));
}

std::vector<CurveColumn> decimate(const CurveData& data, double from, double to, int width) {
  std::vector<CurveColumn> columns;
  const size_t stop = data.upperBound(to);
  size_t i = data.lowerBound(from);
  size_t before = 1;  // points of the column before: this one has about as many
  while (i < stop) {
    const int pixel = columnOf(data.x(i), from, to, width);
    auto within = [&](size_t place) { return columnOf(data.x(place), from, to, width) == pixel; };
    // The first point of a later column: by strides that double, then by halves.
    size_t inside = i, beyond = stop;
    const size_t guess = i + before - std::min<size_t>(before, 2);
    if (guess > i && guess < stop) (within(guess) ? inside : beyond) = guess;
    for (size_t stride = 1; inside + stride < beyond; stride *= 2) {
      if (!within(inside + stride)) {
        beyond = inside + stride;
        break;
      }
      inside += stride;
    }
    while (beyond - inside > 1) {
      const size_t middle = inside + (beyond - inside) / 2;
      (within(middle) ? inside : beyond) = middle;
    }
    columns.push_back(columnWith(data, pixel, i, inside + 1));
    before = inside + 1 - i;
    i = inside + 1;
  }
  return columns;
}

}  // namespace lab::gui
