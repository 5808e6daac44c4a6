#include "proto/client/token_text.h"

#include "core/base/strings.h"

namespace lab {

std::string_view ShownBytes(const v1::Token& token) {
  return token.has_shown() ? token.shown() : token.text();
}

size_t WholeCharacters(std::string_view text, size_t end) {
  for (size_t back = 1; back <= 3 && back <= end; ++back) {
    auto byte = static_cast<unsigned char>(text[end - back]);
    if ((byte & 0xC0) == 0x80) continue;
    size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? end - back : end;
  }
  return end;
}

std::string VisibleText(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const size_t bad = FirstInvalidUtf8(bytes);
    for (char c : bytes.substr(0, bad)) {
      if (c == '\n') {
        text += "\\n";
      } else if (c == '\t') {
        text += "\\t";
      } else if (c == '\r') {
        text += "\\r";
      } else if (c == '\\') {
        text += "\\\\";
      } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        text += StrCat("\\x", ToHex(std::string_view(&c, 1)));
      } else {
        text += c;
      }
    }
    if (bad == std::string_view::npos) break;
    text += StrCat("\\x", ToHex(bytes.substr(bad, 1)));
    bytes.remove_prefix(bad + 1);
  }
  return text;
}

}  // namespace lab
