#pragma once

// GPT-2's spelling of bytes as printable characters, in which tokenizer.json writes its tokens:
// 0x21–0x7E, 0xA1–0xAC and 0xAE–0xFF stand for themselves, the other 68 bytes are U+0100 upward in
// order (space is U+0120, newline U+010A). Pure functions, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lab {

// The code point that stands for a byte, in U+0021–U+0143.
char32_t SpellByte(uint8_t byte);

// `bytes` spelt as UTF-8.
std::string SpellBytes(std::string_view bytes);

// The bytes that `spelling` stands for; nullopt if it holds another character.
std::optional<std::string> UnspellBytes(std::string_view spelling);

}  // namespace lab
