#include "cli/output/text_stream.h"

#include <algorithm>

namespace lab::cli {
namespace {

// Where the last character of text[0, end) begins if it is not complete; else `end`.
size_t WholeCharacters(std::string_view text, size_t end) {
  for (size_t back = 1; back <= 3 && back <= end; ++back) {
    auto byte = static_cast<unsigned char>(text[end - back]);
    if ((byte & 0xC0) == 0x80) continue;
    size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? end - back : end;
  }
  return end;
}

}  // namespace

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
