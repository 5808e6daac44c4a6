#pragma once

// A table of numbers at every level of detail: each level has half the rows and columns of the one
// before, and each of its cells the value of its four that is farthest from zero, so that a single
// strong cell is seen at any zoom. Pure.

#include <cstddef>
#include <vector>

namespace lab::gui {

class HeatLevels {
 public:
  struct Level {
    int rows = 0, columns = 0;
    std::vector<float> values;  // row by row; NaN where nothing was finite

    float at(int row, int column) const {
      return values[static_cast<size_t>(row) * static_cast<size_t>(columns) +
                    static_cast<size_t>(column)];
    }
  };

  HeatLevels() = default;
  // Requires: values.size() == rows * columns. Infinities count as not finite.
  HeatLevels(int rows, int columns, std::vector<float> values);

  int rows() const { return levels_.empty() ? 0 : levels_[0].rows; }
  int columns() const { return levels_.empty() ? 0 : levels_[0].columns; }
  bool empty() const { return rows() == 0 || columns() == 0; }
  int count() const { return static_cast<int>(levels_.size()); }
  // Level 0 is the table itself.
  const Level& level(int i) const { return levels_[static_cast<size_t>(i)]; }
  // The coarsest level whose cells are not wider than a pixel where this many cells share one.
  int levelFor(double cells_per_pixel) const;

  // Of the finite values; 0, 0 if there is none.
  float low() const { return low_; }
  float high() const { return high_; }
  bool has_gaps() const { return has_gaps_; }

 private:
  std::vector<Level> levels_;
  float low_ = 0, high_ = 0;
  bool has_gaps_ = false;
};

}  // namespace lab::gui
