#include "core/data/data_config.h"

#include <charconv>

#include "core/base/paths.h"
#include "core/base/strings.h"
#include "core/tokenizer/bpe_trainer.h"

namespace lab {
namespace {

// More would not fit the ids of any model this lab trains, and is surely a slip of the hand.
constexpr int64_t kMaxBpeVocabulary = 1'000'000;

}  // namespace

std::optional<TokenizerChoice> ParseTokenizerChoice(std::string_view text) {
  TokenizerChoice choice;
  if (text == "byte") return choice;
  if (text == "char") {
    choice.kind = TokenizerChoice::Kind::kChar;
    return choice;
  }
  if (text.substr(0, 4) == "bpe:") {
    std::string_view digits = text.substr(4);
    auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), choice.vocab_size);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    choice.kind = TokenizerChoice::Kind::kBpe;
    return choice;
  }
  if (!LooksLikePath(text)) return std::nullopt;
  choice.kind = TokenizerChoice::Kind::kPath;
  choice.path = text;
  return choice;
}

void DataConfig::Check(Checker& check) const {
  if (corpus.empty()) check.Error("corpus", "must name a corpus or a file");
  auto choice = ParseTokenizerChoice(tokenizer);
  if (!choice) {
    check.Error("tokenizer",
                StrCat("must be byte, char, bpe:N or a path with a '/', is '", tokenizer, "'"));
  } else if (choice->kind == TokenizerChoice::Kind::kBpe &&
             (choice->vocab_size < kMinBpeVocabulary || choice->vocab_size > kMaxBpeVocabulary)) {
    check.Error("tokenizer",
                StrCat("bpe:N needs N from ", kMinBpeVocabulary, " (end-of-text and 256 bytes) to ",
                       kMaxBpeVocabulary, ", is ", choice->vocab_size));
  }
  if (!validation.corpus.empty() && check.Given("validation.fraction")) {
    check.Error("validation", "give fraction or corpus, not both");
  }
}

}  // namespace lab
