#include "cli/output/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lab::cli {

std::string Sparkline(const std::vector<double>& values, int width, bool unicode) {
  constexpr std::array<const char*, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::array<const char*, 8> kAscii = {"_", ".", "-", "~", "=", "+", "*", "#"};
  if (values.empty() || width <= 0) return "";
  size_t cells = std::min(values.size(), static_cast<size_t>(width));
  std::vector<double> means;
  for (size_t cell = 0; cell < cells; ++cell) {
    size_t begin = cell * values.size() / cells, end = (cell + 1) * values.size() / cells;
    double sum = 0;
    int count = 0;
    for (size_t i = begin; i < end; ++i) {
      if (!std::isfinite(values[i])) continue;
      sum += values[i];
      ++count;
    }
    means.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double mean : means) {
    if (std::isnan(mean)) continue;
    low = std::min(low, mean);
    high = std::max(high, mean);
  }
  std::string line;
  for (double mean : means) {
    if (std::isnan(mean)) {
      line += "!";
      continue;
    }
    double share = high > low ? (mean - low) / (high - low) : 0;
    auto level = static_cast<size_t>(std::min(7.0, std::floor(share * 8)));
    line += unicode ? kBlocks[level] : kAscii[level];
  }
  return line;
}

}  // namespace lab::cli
