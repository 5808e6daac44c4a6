#include "core/tokenizer/tokenizer.h"

#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/char_tokenizer.h"

namespace lab {
namespace {

// Larger than any tokenizer in use (Qwen's is 11 MB), small enough to be read without fear.
constexpr int64_t kLargestTokenizerFile = int64_t{256} << 20;

using Loaded = absl::StatusOr<std::shared_ptr<const Tokenizer>>;

Loaded ReadJson(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kLargestTokenizerFile));
  if (LooksLikeCharTokenizer(text)) return ParseCharTokenizer(std::move(text));
  ASSIGN_OR_RETURN(BpeSpec spec, ParseTokenizerJson(std::move(text)));
  return MakeBpeTokenizer(std::move(spec));
}

Loaded ReadAny(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return ReadJson(path);
  if (fs::exists(path / "tokenizer.json", error) || !fs::exists(path / "vocab.json", error)) {
    return ReadJson(path / "tokenizer.json");
  }
  ASSIGN_OR_RETURN(std::string vocab, ReadFile(path / "vocab.json", kLargestTokenizerFile));
  ASSIGN_OR_RETURN(std::string merges, ReadFile(path / "merges.txt", kLargestTokenizerFile));
  ASSIGN_OR_RETURN(BpeSpec spec, ParseVocabAndMerges(vocab, merges));
  return MakeBpeTokenizer(std::move(spec));
}

}  // namespace

std::string Tokenizer::ConfigJson(int64_t model_max_length) const {
  using nlohmann::ordered_json;
  std::string end = TokenBytes(end_of_text());
  ordered_json config = {
      {"add_prefix_space", false},
      {"added_tokens_decoder", ordered_json::object()},
      {"bos_token", end},
      {"clean_up_tokenization_spaces", false},  // else AutoTokenizer changes what it decodes
      {"eos_token", end},
      {"model_max_length", model_max_length},
      {"tokenizer_class", "PreTrainedTokenizerFast"},
  };
  for (int32_t id = 0; id < vocab_size(); ++id) {
    if (!IsSpecial(id)) continue;
    config["added_tokens_decoder"][std::to_string(id)] = {
        {"content", TokenBytes(id)}, {"lstrip", false},      {"normalized", false},
        {"rstrip", false},           {"single_word", false}, {"special", true}};
  }
  return config.dump(2) + "\n";
}

std::string Tokenizer::Hash() const { return Sha256(ToJson()); }

std::shared_ptr<const Tokenizer> ByteTokenizer() {
  BpeSpec spec;
  spec.pattern = SplitPattern::kWhole;
  for (int byte = 0; byte < 256; ++byte) spec.tokens.emplace_back(1, static_cast<char>(byte));
  spec.end_of_text = 256;
  spec.tokens.emplace_back(kEndOfText);
  spec.added.push_back({256, std::string(kEndOfText), true, false});
  auto tokenizer = MakeBpeTokenizer(std::move(spec));
  if (!tokenizer.ok()) {  // nothing above can be wrong at run time
    std::fprintf(stderr, "%s\n", std::string(MessageOf(tokenizer.status())).c_str());
    std::abort();
  }
  return *std::move(tokenizer);
}

absl::StatusOr<std::shared_ptr<const Tokenizer>> LoadTokenizer(const std::filesystem::path& path) {
  Loaded tokenizer = ReadAny(path);
  if (!tokenizer.ok()) {
    return WithContext(tokenizer.status(), StrCat("tokenizer ", path.string()));
  }
  return tokenizer;
}

}  // namespace lab
