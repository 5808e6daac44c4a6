#include "cli/output/table.h"

#include <algorithm>

namespace lab::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;
constexpr int kLeftOut = 0;

int Total(const std::vector<int>& widths) {
  int total = 0;
  for (int width : widths) {
    if (width != kLeftOut) total += width + kGap;
  }
  return std::max(0, total - kGap);
}

}  // namespace

std::vector<int> Table::Fit(int width, bool header) const {
  std::vector<int> widths(columns_.size(), 1);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (header) widths[i] = std::max(1, DisplayWidth(columns_[i].title));
    for (const auto& row : rows_) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  if (width <= 0) return widths;
  auto shrink = [&] {
    while (Total(widths) > width) {
      int widest = -1;
      for (size_t i = 0; i < widths.size(); ++i) {
        if (!columns_[i].shrinks || widths[i] <= kNarrowest) continue;
        if (widest < 0 || widths[i] > widths[static_cast<size_t>(widest)]) {
          widest = static_cast<int>(i);
        }
      }
      if (widest < 0) return;
      --widths[static_cast<size_t>(widest)];
    }
  };
  std::vector<int> natural = widths;
  shrink();
  for (size_t i = columns_.size(); i-- > 0 && Total(widths) > width;) {
    if (!columns_[i].optional) continue;
    natural[i] = kLeftOut;
    widths = natural;
    shrink();
  }
  return widths;
}

std::string Table::Text(int width, bool unicode, bool header) const {
  std::vector<int> widths = Fit(width, header);
  std::string text;
  auto add_line = [&](auto&& cell_of) {
    std::string line;
    bool first = true;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] == kLeftOut) continue;
      std::string cell = CutToWidth(cell_of(i), widths[i], unicode);
      auto blanks = static_cast<size_t>(std::max(0, widths[i] - DisplayWidth(cell)));
      if (!first) line.append(kGap, ' ');
      first = false;
      line += columns_[i].right ? std::string(blanks, ' ') + cell : cell + std::string(blanks, ' ');
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    // Columns that neither shrink nor may be left out can still be too many.
    text += width > 0 ? CutToWidth(line, width, unicode) : line;
    text += '\n';
  };
  if (header) {
    add_line([&](size_t i) -> const std::string& { return columns_[i].title; });
  }
  for (const auto& row : rows_) {
    add_line([&](size_t i) -> const std::string& { return row[i]; });
  }
  return text;
}

}  // namespace lab::cli
