#include "core/tokenizer/tokenizer.h"

#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/tokenizer/bpe_tokenizer.h"

namespace lab {
namespace {

// Larger than any tokenizer in use (Qwen's is 11 MB), small enough to be read without fear.
constexpr int64_t kLargestTokenizerFile = int64_t{256} << 20;

absl::StatusOr<BpeSpec> ReadSpec(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(path, kLargestTokenizerFile));
    return ParseTokenizerJson(std::move(text));
  }
  if (fs::exists(path / "tokenizer.json", error) || !fs::exists(path / "vocab.json", error)) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(path / "tokenizer.json", kLargestTokenizerFile));
    return ParseTokenizerJson(std::move(text));
  }
  ASSIGN_OR_RETURN(std::string vocab, ReadFile(path / "vocab.json", kLargestTokenizerFile));
  ASSIGN_OR_RETURN(std::string merges, ReadFile(path / "merges.txt", kLargestTokenizerFile));
  return ParseVocabAndMerges(vocab, merges);
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
  std::string context = StrCat("tokenizer ", path.string());
  absl::StatusOr<BpeSpec> spec = ReadSpec(path);
  if (!spec.ok()) return WithContext(spec.status(), context);
  auto tokenizer = MakeBpeTokenizer(*std::move(spec));
  if (!tokenizer.ok()) return WithContext(tokenizer.status(), context);
  return tokenizer;
}

}  // namespace lab
