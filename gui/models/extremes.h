#pragma once

// The extremes of any range of a growing column of numbers without reading all of it: least,
// greatest and how many are not finite, kept for blocks of 64 values and for 16 blocks each on
// every further level. Appending costs O(1) amortised, asking O(log n). Its owner holds the values
// and passes them; one thread at a time.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace lab::gui {

class Extremes {
 public:
  struct Range {
    double low = std::numeric_limits<double>::infinity();  // of the finite values
    double high = -std::numeric_limits<double>::infinity();
    size_t gaps = 0;  // values that are not finite

    bool empty() const { return low > high; }  // nothing finite
    void take(double value);
    void take(const Range& other);
  };

  // Values were appended since the last call. Cheap if there is nothing to do.
  void grow(const std::vector<double>& values);
  // The value at `index` is another one now. Requires: index < values.size().
  void replaced(const std::vector<double>& values, size_t index);
  // What lies from `size` on is gone or will change; grow() takes up what follows.
  void truncate(size_t size);

  // Of values[first] … values[end - 1]. Requires: first <= end <= values.size().
  Range over(const std::vector<double>& values, size_t first, size_t end) const;
  // How many finite values of that range are below `low` or above `high`.
  size_t countOutside(const std::vector<double>& values, size_t first, size_t end, double low,
                      double high) const;

 private:
  // The level's block that begins at `index`, lies within `end` and is complete; nullptr if none.
  const Range* block(size_t level, size_t index, size_t end) const;
  // The largest such block, with its level.
  const Range* largestBlock(size_t index, size_t end, size_t* level) const;

  std::vector<std::vector<Range>> levels_;  // complete blocks only
};

}  // namespace lab::gui
