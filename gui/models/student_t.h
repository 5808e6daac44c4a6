#pragma once

// Intervals for the difference of two means from few samples. Pure.

#include <optional>

namespace lab::gui {

// t such that a share `probability` of Student's distribution with `freedom` degrees of freedom
// lies below it. Requires: 0.5 ≤ probability < 1, freedom ≥ 1 (it need not be whole). Exact to
// 1e-9, by bisection of the incomplete beta function: Abramowitz & Stegun 26.7.1, Lentz's continued
// fraction.
double studentQuantile(double probability, double freedom);

// A mean with its standard error from n ≥ 2 samples.
struct Estimate {
  double mean = 0;
  double standard_error = 0;
  double n = 0;
};

// a − b with the ends of its 95 % interval, for unequal variances.
// Welch 1947, doi:10.1093/biomet/34.1-2.28; degrees of freedom by Satterthwaite.
struct Difference {
  double mean, low, high;
};
// Absent where it cannot be computed: fewer than two samples, or no finite spread at all.
std::optional<Difference> differenceOf(const Estimate& a, const Estimate& b);

}  // namespace lab::gui
