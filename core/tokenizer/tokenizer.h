#pragma once

// Text to token ids and back: byte-level BPE as GPT-2 has it, or one token a character, read from
// and written to Hugging Face's tokenizer.json. All methods are const and safe from any thread.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab {

// What separates documents in a text file, and the end-of-text token of the lab's tokenizers.
inline constexpr std::string_view kEndOfText = "<|endoftext|>";

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The ids of a prompt: special and added tokens in `text` are recognised; none is added.
  // Bytes that are not UTF-8 are words of their own.
  virtual std::vector<int32_t> Encode(std::string_view text) const = 0;

  // The ids of a document's text: specials are not recognised, no end-of-text is added.
  virtual std::vector<int32_t> EncodeDocument(std::string_view text) const = 0;

  // Cuts `text` into pieces of about `target_bytes` whose EncodeDocument ids, one after the other,
  // are those of the whole. The views point into `text`; a text that may not be cut is one piece.
  virtual std::vector<std::string_view> SafePieces(std::string_view text,
                                                   size_t target_bytes) const = 0;

  // The bytes of `ids`, special tokens left out; not always UTF-8 when cut inside a character.
  // Ids outside the vocabulary are left out too.
  virtual std::string Decode(const std::vector<int32_t>& ids) const = 0;

  // The bytes of one token; a special's content. Requires: 0 ≤ id < vocab_size().
  virtual std::string TokenBytes(int32_t id) const = 0;
  virtual bool IsSpecial(int32_t id) const = 0;

  // How many bytes of `text` the token `id` stands for that was made of its beginning.
  virtual size_t TextBytes(int32_t id, std::string_view /*text*/) const {
    return TokenBytes(id).size();
  }

  virtual int64_t vocab_size() const = 0;
  virtual int32_t end_of_text() const = 0;

  // The text of tokenizer.json; of a loaded tokenizer the file as it was.
  virtual std::string ToJson() const = 0;

  // The text of the tokenizer_config.json beside it, for transformers' AutoTokenizer.
  std::string ConfigJson(int64_t model_max_length) const;

  // Lower-case hexadecimal SHA-256 of ToJson().
  std::string Hash() const;
};

// 256 bytes as ids 0–255, no merges, end-of-text 256.
std::shared_ptr<const Tokenizer> ByteTokenizer();

// Opens a tokenizer.json, or the one in a folder: what this lab writes, and byte-level BPE of
// GPT-2's kind. What is not understood is refused by name (TOKENIZER_INVALID).
absl::StatusOr<std::shared_ptr<const Tokenizer>> LoadTokenizer(const std::filesystem::path& path);

}  // namespace lab
