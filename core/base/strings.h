#pragma once

// Small text helpers, and the one place that bridges std::string_view and absl::string_view (which
// are different types on Debian 12). Pure functions, any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

namespace lab {

inline absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

// absl::StrCat that also takes std::string_view, std::string and literals. Doubles print with six
// digits; use FormatDouble for a number that must read back.
template <class Part>
decltype(auto) ForAbsl(const Part& part) {
  if constexpr (std::is_convertible_v<const Part&, std::string_view>) {
    return Absl(std::string_view(part));
  } else {
    return (part);
  }
}
template <class... Parts>
std::string StrCat(const Parts&... parts) {
  return absl::StrCat(ForAbsl(parts)...);
}

// The shortest decimal that reads back to the same double; "NaN", "Infinity", "-Infinity" else.
std::string FormatDouble(double value);

// "1.2 MB", "812 B": decimal units, three significant digits.
std::string FormatBytes(int64_t bytes);

// Lower-case hexadecimal of `bytes`, and back (false on odd length or a wrong digit).
std::string ToHex(std::string_view bytes);
bool FromHex(std::string_view hex, std::string* bytes);

// The position of the first byte that is not well-formed UTF-8 (RFC 3629), or npos.
size_t FirstInvalidUtf8(std::string_view text);

// `text` with each ill-formed sequence replaced by U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view text);

// Levenshtein distance, and the candidate nearest to `word` within a third of its length ("" if
// none): the "did you mean" of every face.
size_t EditDistance(std::string_view a, std::string_view b);
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace lab
