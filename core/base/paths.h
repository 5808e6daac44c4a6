#pragma once

// When a word of a config means a file.

#include <string_view>

namespace lab {

// A path holds a '/' or ends like a file that the lab reads; anything else is a name.
inline bool LooksLikePath(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".txt") ||
         text.ends_with(".jsonl") || text.ends_with(".gguf");
}

}  // namespace lab
