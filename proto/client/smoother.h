#pragma once

// The smoothing of curves in both faces: an exponential moving average that does not lean towards
// zero where it begins. Kingma & Ba 2014, arXiv:1412.6980, section 3: the average divided by the
// sum of its weights. Values only.

#include <cmath>

namespace lab {

struct Smoother {
  double average = 0;
  double weight = 0;  // what the weights so far add up to; 0 before the first value

  // Takes the next value and returns the average. A value that is not finite is returned and leaves
  // no trace. Requires: 0 <= smoothness < 1; 0 leaves all values as they are.
  double Next(double value, double smoothness) {
    if (!std::isfinite(value)) return value;
    average = smoothness * average + (1 - smoothness) * value;
    weight = smoothness * weight + (1 - smoothness);
    return average / weight;
  }
};

}  // namespace lab
