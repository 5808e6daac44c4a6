#include "gui/models/student_t.h"

#include <cmath>
#include <limits>

namespace lab::gui {
namespace {

constexpr double kTiny = 1e-300;
constexpr double kPrecision = 1e-15;
constexpr int kMostTerms = 500;

// The continued fraction of the incomplete beta function, by Lentz's method.
double betaFraction(double a, double b, double x) {
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < kTiny ? kTiny : d);
  double value = d;
  for (int m = 1; m <= kMostTerms; ++m) {
    for (int odd = 0; odd < 2; ++odd) {
      const double term = odd == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                                   : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 + term * d;
      d = 1 / (std::abs(d) < kTiny ? kTiny : d);
      c = 1 + term / c;
      if (std::abs(c) < kTiny) c = kTiny;
      value *= c * d;
    }
    if (std::abs(c * d - 1) < kPrecision) break;
  }
  return value;
}

// I_x(a, b).
double incompleteBeta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * betaFraction(a, b, x) / a;
  return 1 - front * betaFraction(b, a, 1 - x) / b;
}

// The share of the distribution below t ≥ 0.
double shareBelow(double t, double freedom) {
  return 1 - incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2;
}

}  // namespace

double studentQuantile(double probability, double freedom) {
  double low = 0, high = 1;
  while (shareBelow(high, freedom) < probability && high < 1e12) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-12 * high; ++i) {
    const double middle = (low + high) / 2;
    (shareBelow(middle, freedom) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::optional<Difference> differenceOf(const Estimate& a, const Estimate& b) {
  if (!(a.n >= 2) || !(b.n >= 2)) return std::nullopt;
  const double va = a.standard_error * a.standard_error;
  const double vb = b.standard_error * b.standard_error;
  const double mean = a.mean - b.mean;
  if (!std::isfinite(mean) || !(va + vb > 0) || !std::isfinite(va + vb)) return std::nullopt;
  const double freedom = (va + vb) * (va + vb) / (va * va / (a.n - 1) + vb * vb / (b.n - 1));
  const double reach = studentQuantile(0.975, freedom) * std::sqrt(va + vb);
  return Difference{mean, mean - reach, mean + reach};
}

}  // namespace lab::gui
