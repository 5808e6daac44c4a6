#include "gui/charts/heat_levels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lab::gui {
namespace {

// The one of both that is farther from zero; what is not finite gives way.
float stronger(float a, float b) {
  if (!std::isfinite(a)) return b;
  if (!std::isfinite(b)) return a;
  return std::abs(b) > std::abs(a) ? b : a;
}

HeatLevels::Level halved(const HeatLevels::Level& fine) {
  HeatLevels::Level coarse{(fine.rows + 1) / 2, (fine.columns + 1) / 2, {}};
  coarse.values.resize(static_cast<size_t>(coarse.rows) * static_cast<size_t>(coarse.columns));
  float* place = coarse.values.data();
  for (int row = 0; row < coarse.rows; ++row) {
    const int below = std::min(2 * row + 1, fine.rows - 1);
    for (int column = 0; column < coarse.columns; ++column) {
      const int right = std::min(2 * column + 1, fine.columns - 1);
      *place++ = stronger(stronger(fine.at(2 * row, 2 * column), fine.at(2 * row, right)),
                          stronger(fine.at(below, 2 * column), fine.at(below, right)));
    }
  }
  return coarse;
}

}  // namespace

HeatLevels::HeatLevels(int rows, int columns, std::vector<float> values) {
  low_ = std::numeric_limits<float>::infinity();
  high_ = -low_;
  for (float& value : values) {
    if (!std::isfinite(value)) {
      value = std::numeric_limits<float>::quiet_NaN();
      has_gaps_ = true;
      continue;
    }
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  if (low_ > high_) low_ = high_ = 0;
  levels_.push_back({rows, columns, std::move(values)});
  if (empty()) return;
  while (levels_.back().rows > 1 || levels_.back().columns > 1) {
    levels_.push_back(halved(levels_.back()));
  }
}

int HeatLevels::levelFor(double cells_per_pixel) const {
  if (!(cells_per_pixel > 1)) return 0;
  return std::min(count() - 1, static_cast<int>(std::floor(std::log2(cells_per_pixel))));
}

}  // namespace lab::gui
