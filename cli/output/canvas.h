#pragma once

// A picture made of characters: Unicode braille, 2 × 4 dots a cell, or ASCII, one dot a cell. Dot
// (0, 0) is top left; what lies outside is left out. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace lab::cli {

// What is drawn with: a colour of xterm's 256 (-1: the terminal's own), and the character that
// stands for a dot in ASCII.
struct Ink {
  int color = -1;
  char ascii = '*';
};

class Canvas {
 public:
  Canvas(int columns, int rows, bool unicode);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  int dots_wide() const { return columns_ * dots_across(); }
  int dots_high() const { return rows_ * dots_down(); }
  int dots_across() const { return unicode_ ? 2 : 1; }  // of a cell
  int dots_down() const { return unicode_ ? 4 : 1; }

  // A later dot gives its cell its colour.
  void Dot(int x, int y, const Ink& ink);
  // All dots of a straight line.
  void Line(int x0, int y0, int x1, int y1, const Ink& ink);
  // Puts one character into a cell, over its dots. False, and nothing, if a mark is there.
  bool Mark(int column, int row, std::string_view character, const Ink& ink);

  // The cells of a row, with colours if `color`; no trailing blanks.
  std::string Row(int row, bool color) const;

 private:
  struct Cell {
    unsigned dots = 0;  // braille's bits; ASCII: anything but 0
    std::string mark;
    Ink ink;
  };
  std::string Text(const Cell& cell) const;

  int columns_, rows_;
  bool unicode_;
  std::vector<Cell> cells_;
};

}  // namespace lab::cli
