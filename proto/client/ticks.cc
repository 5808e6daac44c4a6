#include "proto/client/ticks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "proto/client/display.h"

namespace lab {
namespace {

std::string Fixed(double value, int decimals) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

// Labels of multiples of `unit`: all in one way.
std::string Label(double value, double unit, double largest) {
  // Three digits tell these apart, or all of them do.
  if (largest >= 1e5 && unit * 100 >= largest) return FormatCount(value);
  if (largest >= 1e5 && unit >= 1 && largest < 1e15) {
    return FormatGrouped(static_cast<int64_t>(std::llround(value)));
  }
  if (unit < 1e-4) return FormatNumber(value);
  // A half-unit of rounding, so that 0.2 is seen as needing one decimal.
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(unit) - 1e-9)));
  return Fixed(value, decimals);
}

std::vector<Tick> Multiples(double low, double high, double unit) {
  std::vector<Tick> ticks;
  const double slack = 1e-9 * unit;
  const double largest = std::max(std::abs(low), std::abs(high));
  for (double k = std::ceil((low - slack) / unit); k * unit <= high + slack; ++k) {
    const double at = k == 0 ? 0 : k * unit;
    ticks.push_back({at, Label(at, unit, largest)});
  }
  return ticks;
}

}  // namespace

std::vector<Tick> LinearTicks(double low, double high, int most) {
  const double span = high - low;
  const double largest = std::max(std::abs(low), std::abs(high));
  // Nothing to tell apart, or less than a double can.
  if (span <= largest * 1e-12) return {{low, FormatNumber(low)}};
  double power = std::pow(10, std::floor(std::log10(span / most)));
  while (true) {
    for (double factor : {1.0, 2.0, 5.0}) {
      std::vector<Tick> ticks = Multiples(low, high, factor * power);
      if (static_cast<int>(ticks.size()) > most) continue;
      if (!ticks.empty()) return ticks;
      return {{low, FormatNumber(low)}};
    }
    power *= 10;
  }
}

std::vector<Tick> LogTicks(double low, double high, int most) {
  auto collect = [&](const std::vector<double>& factors, int every) {
    std::vector<Tick> ticks;
    const int first = static_cast<int>(std::floor(std::log10(low)));
    for (int power = first; std::pow(10, power) <= high * (1 + 1e-9); ++power) {
      if ((power - first) % every != 0) continue;
      for (double factor : factors) {
        const double at = factor * std::pow(10, power);
        if (at >= low * (1 - 1e-9) && at <= high * (1 + 1e-9)) {
          ticks.push_back({at, FormatNumber(at)});
        }
      }
    }
    return ticks;
  };
  const auto room = static_cast<size_t>(most);
  for (const std::vector<double>& factors :
       {std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 5}, {1, 3}, {1}}) {
    std::vector<Tick> ticks = collect(factors, 1);
    if (ticks.size() >= 2 && ticks.size() <= room) return ticks;
  }
  for (int every = 2; every < 400; ++every) {
    std::vector<Tick> ticks = collect({1}, every);
    if (ticks.size() < 2) break;
    if (ticks.size() <= room) return ticks;
  }
  return LinearTicks(low, high, most);
}

}  // namespace lab
