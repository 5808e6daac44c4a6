#pragma once

// One token a character: <|endoftext|>, <|unk|> for what was never seen, then characters by code
// point. Written as a BPE without merges that Hugging Face reads the same. Any thread.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {

inline constexpr std::string_view kUnknownCharacter = "<|unk|>";

// The characters of `documents`. Requires: they are UTF-8.
std::shared_ptr<const Tokenizer> TrainChar(const std::vector<std::string_view>& documents);

// Whether a tokenizer.json is one of this kind, at a glance.
bool LooksLikeCharTokenizer(std::string_view json);

// Reads one; what this lab does not write is refused by name (TOKENIZER_INVALID).
absl::StatusOr<std::shared_ptr<const Tokenizer>> ParseCharTokenizer(std::string json);

}  // namespace lab
