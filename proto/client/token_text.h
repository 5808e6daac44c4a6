#pragma once

// Tokens as text for people. A token is bytes, and not always whole characters. Pure.

#include <string>
#include <string_view>

#include "lab/v1/inspect.pb.h"

namespace lab {

// What a new token adds to the text that is shown: its bytes, nothing for a special one.
std::string_view ShownBytes(const v1::Token& token);

// Where the last character of text[0, end) begins if it is not complete; else `end`.
size_t WholeCharacters(std::string_view text, size_t end);
inline size_t WholeCharacters(std::string_view text) { return WholeCharacters(text, text.size()); }

// On one line: "\n" and the like for what would break it, \xHH for bytes that are no text.
std::string VisibleText(std::string_view bytes);

}  // namespace lab
