#include "core/tokenizer/byte_alphabet.h"

#include <array>

namespace lab {
namespace {

constexpr int kAlphabetEnd = 0x100 + 68;

constexpr bool StandsForItself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<char32_t, 256> MakeSpelling() {
  std::array<char32_t, 256> spelling{};
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    spelling[byte] = StandsForItself(byte) ? static_cast<char32_t>(byte) : next++;
  }
  return spelling;
}
constexpr std::array<char32_t, 256> kSpelling = MakeSpelling();

constexpr std::array<int16_t, kAlphabetEnd> MakeMeaning() {
  std::array<int16_t, kAlphabetEnd> meaning{};
  for (auto& byte : meaning) byte = -1;
  for (int byte = 0; byte < 256; ++byte) meaning[kSpelling[byte]] = static_cast<int16_t>(byte);
  return meaning;
}
constexpr std::array<int16_t, kAlphabetEnd> kMeaning = MakeMeaning();

}  // namespace

char32_t SpellByte(uint8_t byte) { return kSpelling[byte]; }

std::string SpellBytes(std::string_view bytes) {
  std::string spelling;
  spelling.reserve(bytes.size() + bytes.size() / 2);
  for (char c : bytes) {
    char32_t point = kSpelling[static_cast<uint8_t>(c)];
    if (point < 0x80) {
      spelling.push_back(static_cast<char>(point));
    } else {  // the alphabet ends below U+0800: two bytes
      spelling.push_back(static_cast<char>(0xC0 | point >> 6));
      spelling.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    }
  }
  return spelling;
}

std::optional<std::string> UnspellBytes(std::string_view spelling) {
  std::string bytes;
  bytes.reserve(spelling.size());
  for (size_t i = 0; i < spelling.size(); ++i) {
    int point = static_cast<uint8_t>(spelling[i]);
    if (point >= 0x80) {
      if (point < 0xC2 || point > 0xDF || i + 1 == spelling.size()) return std::nullopt;
      int low = static_cast<uint8_t>(spelling[++i]);
      if ((low & 0xC0) != 0x80) return std::nullopt;
      point = (point & 0x1F) << 6 | (low & 0x3F);
    }
    if (point >= kAlphabetEnd || kMeaning[point] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(kMeaning[point]));
  }
  return bytes;
}

}  // namespace lab
