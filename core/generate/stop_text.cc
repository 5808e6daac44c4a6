#include "core/generate/stop_text.h"

#include <algorithm>
#include <utility>

namespace lab {

StopText::StopText(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, "");
  for (const std::string& stop : stops_) longest_ = std::max(longest_, stop.size());
}

bool StopText::Add(std::string_view piece) {
  // A new match ends inside the piece, so it begins at most longest_ − 1 bytes before it.
  const size_t from = text_.size() - std::min(text_.size(), longest_ > 0 ? longest_ - 1 : 0);
  text_ += piece;
  size_t first = std::string::npos;
  for (const std::string& stop : stops_) first = std::min(first, text_.find(stop, from));
  if (first == std::string::npos) return false;
  text_.resize(first);
  stopped_ = true;
  return true;
}

size_t StopText::settled() const {
  if (stopped_) return text_.size();
  size_t open = 0;  // the longest end of the text that begins some stop string
  for (const std::string& stop : stops_) {
    const size_t most = std::min(stop.size() - 1, text_.size());
    for (size_t size = most; size > open; --size) {
      if (std::string_view(text_).substr(text_.size() - size) ==
          std::string_view(stop).substr(0, size)) {
        open = size;
      }
    }
  }
  return text_.size() - open;
}

}  // namespace lab
