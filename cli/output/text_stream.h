#pragma once

// Decides how much of a text that is still being generated may already be shown: whole characters
// only, nothing that may turn out to be a stop string or a special token. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace lab::cli {

class TextStream {
 public:
  explicit TextStream(std::vector<std::string> stops) : stops_(std::move(stops)) {}

  // Takes the next token's bytes; returns what may be shown now.
  std::string Add(std::string_view token);
  // Takes the whole text as it finally is; returns what was not shown yet.
  std::string Finish(std::string_view text) const;

 private:
  std::vector<std::string> stops_;
  std::string text_;
  size_t shown_ = 0;
};

}  // namespace lab::cli
