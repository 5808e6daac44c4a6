#pragma once

// Lines at the foot of the terminal that are redrawn in place. One thread.

#include <iosfwd>
#include <string>
#include <vector>

namespace lab::cli {

class LiveLines {
 public:
  explicit LiveLines(std::ostream* out) : out_(out) {}
  ~LiveLines() { Clear(); }
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  // Draws `lines` over the ones before. Requires: none is wider than the terminal.
  void Draw(const std::vector<std::string>& lines);
  // Writes a line that stays, above the live ones.
  void Print(const std::string& line);
  // Takes the live lines away.
  void Clear();

 private:
  std::ostream* out_;
  std::vector<std::string> drawn_;
};

}  // namespace lab::cli
