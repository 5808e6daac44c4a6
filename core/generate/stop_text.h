#pragma once

// Finds the first stop string in a text that arrives in pieces. One thread at a time.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lab {

class StopText {
 public:
  // Empty strings stop nothing.
  explicit StopText(std::vector<std::string> stops);

  // Adds a piece. True once a stop string is complete; the text then ends before the one that
  // begins first. Requires: no call returned true before.
  bool Add(std::string_view piece);

  // All that was added; cut before the stop string once there is one.
  const std::string& text() const { return text_; }

  // How many bytes of text() cannot become part of a stop string any more.
  size_t settled() const;

 private:
  std::vector<std::string> stops_;
  size_t longest_ = 0;
  std::string text_;
  bool stopped_ = false;
};

}  // namespace lab
