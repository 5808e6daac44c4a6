#include "cli/output/canvas.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/output/terminal.h"

namespace lab::cli {
namespace {

// Bits of U+2800 by column and row of a dot (Unicode 15, 24.1: dots 1-2-3-7 and 4-5-6-8).
constexpr std::array<std::array<unsigned, 4>, 2> kBits = {
    {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}};

// U+2800 + bits as UTF-8.
std::string Braille(unsigned bits) {
  return {static_cast<char>(0xE2), static_cast<char>(0xA0 | (bits >> 6)),
          static_cast<char>(0x80 | (bits & 0x3F))};
}

}  // namespace

Canvas::Canvas(int columns, int rows, bool unicode)
    : columns_(std::max(1, columns)), rows_(std::max(1, rows)), unicode_(unicode) {
  cells_.resize(static_cast<size_t>(columns_) * static_cast<size_t>(rows_));
}

void Canvas::Dot(int x, int y, const Ink& ink) {
  if (x < 0 || y < 0 || x >= dots_wide() || y >= dots_high()) return;
  const int column = x / dots_across(), row = y / dots_down();
  Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
  cell.dots |= unicode_ ? kBits[static_cast<size_t>(x % 2)][static_cast<size_t>(y % 4)] : 1;
  if (cell.mark.empty()) cell.ink = ink;
}

void Canvas::Line(int x0, int y0, int x1, int y1, const Ink& ink) {
  // A step a dot along the longer side.
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    auto between = [&](int a, int b) {
      const int twice = 2 * i * (b - a) + (b >= a ? steps : -steps);
      return a + twice / (2 * steps);
    };
    Dot(between(x0, x1), between(y0, y1), ink);
  }
}

bool Canvas::Mark(int column, int row, std::string_view character, const Ink& ink) {
  if (column < 0 || row < 0 || column >= columns_ || row >= rows_) return false;
  Cell& cell = cells_[static_cast<size_t>(row * columns_ + column)];
  if (!cell.mark.empty()) return false;
  cell.mark = character;
  cell.ink = ink;
  return true;
}

std::string Canvas::Text(const Cell& cell) const {
  if (!cell.mark.empty()) return cell.mark;
  if (cell.dots == 0) return " ";
  return unicode_ ? Braille(cell.dots) : std::string(1, cell.ink.ascii);
}

std::string Canvas::Row(int row, bool color) const {
  auto at = [&](int column) -> const Cell& {
    return cells_[static_cast<size_t>(row * columns_ + column)];
  };
  int end = columns_;
  while (end > 0 && at(end - 1).mark.empty() && at(end - 1).dots == 0) --end;
  std::string line;
  for (int column = 0; column < end;) {
    // A run of cells of one colour is painted at once.
    const int ink = at(column).ink.color;
    std::string run;
    while (column < end && at(column).ink.color == ink) run += Text(at(column++));
    line += PaintIndexed(run, ink, color);
  }
  return line;
}

}  // namespace lab::cli
