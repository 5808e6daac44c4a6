#pragma once

// Where an axis is labelled, and how, in both faces. Pure.

#include <string>
#include <vector>

namespace lab {

struct Tick {
  double at = 0;
  std::string label;
};

// At most `most` ticks within [low, high] at multiples of 1, 2 or 5 × 10^k, with as many decimals
// as tell them apart. Requires: finite, low <= high, most >= 1. At least one tick.
std::vector<Tick> LinearTicks(double low, double high, int most);

// The same for a logarithmic axis: powers of ten, with their 2 and 5 where there is room; within a
// decade as LinearTicks. Requires: 0 < low <= high.
std::vector<Tick> LogTicks(double low, double high, int most);

}  // namespace lab
