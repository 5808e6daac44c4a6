#pragma once

// The `data:` section of a job: which text, which tokenizer, what is held back. Pure values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/describe.h"

namespace lab {

struct ValidationConfig {
  double fraction = 0.1;
  std::string corpus = "";

  template <class V>
  constexpr void Describe(V& v) {
    v("fraction", fraction,
      {.help = "share of the text held back at its end, by whole documents where there are "
               "several; 0: no validation, the tokenizer sees all",
       .min = 0,
       .max = 0.9});
    v("corpus", corpus,
      {.help = "another corpus to validate on, instead of a share of this one", .path = true});
  }
};

struct DataConfig {
  std::string corpus = "stories";
  std::string tokenizer = "bpe:2048";
  ValidationConfig validation;
  std::string filter = "none";
  int64_t limit_windows = 0;

  template <class V>
  constexpr void Describe(V& v) {
    v("corpus", corpus,
      {.help = "a registered corpus, or a path to a text file or .jsonl", .path = true});
    v("tokenizer", tokenizer,
      {.help = "byte, char (the corpus's characters), bpe:N (N tokens, trained on the corpus), or "
               "a path to a tokenizer.json or its folder",
       .path = true});
    v("validation", validation, {.help = "what the loss is measured on"});
    v("filter", filter,
      {.help = "unwrap: joins the lines of each paragraph", .choices = {"none", "unwrap"}});
    v("limit_windows", limit_windows,
      {.help = "train on the first n windows only; 0: on all",
       .unit = "windows",
       .min = 0,
       .advanced = true});
  }
  void Check(Checker& check) const;
};

// What `data.tokenizer` asks for.
struct TokenizerChoice {
  enum class Kind { kByte, kChar, kBpe, kPath } kind = Kind::kByte;
  int64_t vocab_size = 0;  // of kBpe
  std::string path;        // of kPath
};
// nullopt where the text is none of them.
std::optional<TokenizerChoice> ParseTokenizerChoice(std::string_view text);

}  // namespace lab
