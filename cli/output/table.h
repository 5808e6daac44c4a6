#pragma once

// Rows in aligned columns that fit the terminal. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/output/terminal.h"

namespace lab::cli {

struct Column {
  std::string title;
  bool right = false;     // numbers
  bool shrinks = false;   // may be cut, down to 8 columns
  bool optional = false;  // left out first (the last such column first) where space lacks
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Requires: as many cells as columns. Cells may be painted.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // Lines with newlines, a header first if `header`, no trailing blanks. `width` 0: no limit.
  std::string Text(int width, bool unicode, bool header = true) const;

 private:
  // Columns of each column's text, 0 for one that is left out.
  std::vector<int> Fit(int width, bool header) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace lab::cli
