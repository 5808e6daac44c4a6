#include "core/config/scalar.h"

#include <charconv>
#include <cmath>

namespace lab {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53: above, doubles skip integers

std::string_view WithoutPlus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  return text;
}

}  // namespace

std::optional<double> ParseDouble(std::string_view text) {
  // std::from_chars alone would also take "inf" and "nan".
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  text = WithoutPlus(text);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<int64_t> ParseInt(std::string_view text) {
  std::string_view digits = WithoutPlus(text);
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && end == digits.data() + digits.size()) return value;
  std::optional<double> real = ParseDouble(text);
  if (!real || std::abs(*real) > kExactIntegers || *real != std::trunc(*real)) return std::nullopt;
  return static_cast<int64_t>(*real);
}

std::optional<bool> ParseBool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

}  // namespace lab
