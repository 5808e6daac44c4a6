#include "cli/output/progress.h"

#include <ostream>

namespace lab::cli {

void LiveLines::Clear() {
  if (drawn_.empty()) return;
  // To the first live line's beginning, then erase to the end of the screen.
  if (drawn_.size() > 1) *out_ << "\x1b[" << drawn_.size() - 1 << "A";
  *out_ << "\r\x1b[J" << std::flush;
  drawn_.clear();
}

void LiveLines::Draw(const std::vector<std::string>& lines) {
  if (lines == drawn_) return;
  Clear();
  for (size_t i = 0; i < lines.size(); ++i) *out_ << (i > 0 ? "\n" : "") << lines[i];
  *out_ << std::flush;
  drawn_ = lines;
}

void LiveLines::Print(const std::string& line) {
  std::vector<std::string> below = drawn_;
  Clear();
  *out_ << line << '\n';
  Draw(below);
  *out_ << std::flush;
}

}  // namespace lab::cli
