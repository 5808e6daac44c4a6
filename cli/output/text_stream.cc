#include "cli/output/text_stream.h"

#include <algorithm>

#include "proto/client/token_text.h"

namespace lab::cli {

std::string TextStream::Add(std::string_view token) {
  // The newest token may be end-of-text, which is not part of the text: it waits for the next one.
  size_t limit = text_.size();
  text_ += token;
  for (const std::string& stop : stops_) {
    if (stop.empty()) continue;
    limit = std::min(limit, text_.find(stop, shown_));
    for (size_t length = std::min(stop.size() - 1, text_.size() - shown_); length > 0; --length) {
      if (text_.compare(text_.size() - length, length, stop, 0, length) == 0) {
        limit = std::min(limit, text_.size() - length);
        break;
      }
    }
  }
  limit = WholeCharacters(text_, limit);
  if (limit <= shown_) return "";
  std::string fresh = text_.substr(shown_, limit - shown_);
  shown_ = limit;
  return fresh;
}

std::string TextStream::Finish(std::string_view text) const {
  std::string_view shown = std::string_view(text_).substr(0, shown_);
  if (text.substr(0, shown_) == shown) return std::string(text.substr(shown_));
  // Special tokens in the middle were shown as text: the final text stands on its own line.
  return "\n" + std::string(text);
}

}  // namespace lab::cli
