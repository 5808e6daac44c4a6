// The trainer and the encoder against Hugging Face's (tests/golden/make_tokenizer_golden.py).

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/tokenizer/bpe_trainer.h"
#include "core/tokenizer/char_tokenizer.h"
#include "core/tokenizer/pretokenize.h"

namespace lab {
namespace {

using nlohmann::json;

const json& Golden() {
  static const json golden = [] {
    std::ifstream file(LAB_GOLDEN_DIR "/tokenizer_golden.json");
    return json::parse(file);
  }();
  return golden;
}

bool KeepGoing(std::string_view, int64_t, int64_t) { return true; }

std::shared_ptr<const Tokenizer> TrainCase(const json& golden_case,
                                           const BpeTrainOptions& options = {}) {
  auto texts = golden_case["documents"].get<std::vector<std::string>>();
  std::vector<std::string_view> documents(texts.begin(), texts.end());
  auto tokenizer =
      TrainBpe(documents, golden_case["vocab_size"].get<int64_t>(), KeepGoing, options);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
  return tokenizer.ok() ? *tokenizer : nullptr;
}

TEST(TokenizerGolden, LearnsTheSameTokensAndMerges) {
  ASSERT_GE(Golden()["cases"].size(), 30u);
  for (const json& golden_case : Golden()["cases"]) {
    SCOPED_TRACE(golden_case["name"].get<std::string>());
    auto tokenizer = TrainCase(golden_case);
    ASSERT_NE(tokenizer, nullptr);
    json model = json::parse(tokenizer->ToJson())["model"];
    std::vector<std::string> tokens(model["vocab"].size());
    for (const auto& [token, id] : model["vocab"].items()) tokens.at(id.get<size_t>()) = token;
    auto expected = golden_case["tokens"].get<std::vector<std::string>>();
    if (tokens.size() != expected.size()) {  // most cases store only what follows the alphabet
      ASSERT_EQ(tokens.size(), expected.size() + 257);
      tokens.erase(tokens.begin(), tokens.begin() + 257);
    }
    EXPECT_EQ(tokens, expected);
    std::vector<std::string> merges;
    for (const json& pair : model["merges"]) {
      merges.push_back(pair[0].get<std::string>() + " " + pair[1].get<std::string>());
    }
    EXPECT_EQ(merges, golden_case["merges"].get<std::vector<std::string>>());
  }
}

TEST(TokenizerGolden, EncodesTheSameIds) {
  auto probes = Golden()["probes"].get<std::vector<std::string>>();
  for (const json& golden_case : Golden()["cases"]) {
    SCOPED_TRACE(golden_case["name"].get<std::string>());
    auto tokenizer = TrainCase(golden_case);
    ASSERT_NE(tokenizer, nullptr);
    auto texts = golden_case["documents"].get<std::vector<std::string>>();
    texts.resize(std::min<size_t>(texts.size(), 3));
    texts.insert(texts.end(), probes.begin(), probes.end());
    auto encodings = golden_case["encodings"].get<std::vector<std::vector<int32_t>>>();
    ASSERT_EQ(texts.size(), encodings.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(tokenizer->Encode(texts[i]), encodings[i]) << texts[i];
    }
  }
}

TEST(TokenizerGolden, CutsTheSameWords) {
  Pretokenizer pretokenizer(SplitPattern::kGpt2);
  for (const json& entry : Golden()["words"]) {
    auto text = entry["text"].get<std::string>();
    std::vector<std::string> words;
    pretokenizer.ForEachWord(text, [&](std::string_view word) { words.emplace_back(word); });
    EXPECT_EQ(words, entry["words"].get<std::vector<std::string>>()) << text;
  }
}

TEST(TokenizerGolden, TrainingIsTheSameForAnyThreadsAndPieces) {
  for (const json& golden_case : Golden()["cases"]) {
    SCOPED_TRACE(golden_case["name"].get<std::string>());
    std::string one = TrainCase(golden_case, {.threads = 1, .piece_bytes = 1 << 20})->ToJson();
    EXPECT_EQ(TrainCase(golden_case, {.threads = 3, .piece_bytes = 1})->ToJson(), one);
    EXPECT_EQ(TrainCase(golden_case, {.threads = 2, .piece_bytes = 17})->ToJson(), one);
  }
}

TEST(TokenizerGolden, EncodingIsTheSameForAnyPieces) {
  for (const json& golden_case : Golden()["cases"]) {
    SCOPED_TRACE(golden_case["name"].get<std::string>());
    auto tokenizer = TrainCase(golden_case);
    for (const json& entry : Golden()["words"]) {
      auto text = entry["text"].get<std::string>();
      for (size_t target : {size_t{1}, size_t{7}, size_t{50}}) {
        std::vector<int32_t> ids;
        std::string together;
        for (std::string_view piece : tokenizer->SafePieces(text, target)) {
          together += piece;
          auto part = tokenizer->EncodeDocument(piece);
          ids.insert(ids.end(), part.begin(), part.end());
        }
        EXPECT_EQ(together, text);
        EXPECT_EQ(ids, tokenizer->EncodeDocument(text)) << text;
      }
    }
  }
}

TEST(TokenizerGolden, CharactersAreThoseOfTheSameFileInHuggingFace) {
  ASSERT_GE(Golden()["characters"].size(), 8u);
  for (const json& golden_case : Golden()["characters"]) {
    SCOPED_TRACE(golden_case["name"].get<std::string>());
    auto texts = golden_case["documents"].get<std::vector<std::string>>();
    auto made = TrainChar({texts.begin(), texts.end()});
    EXPECT_EQ(json::parse(made->ToJson()), golden_case["json"]);
    // Ours, the file as it is, and as Hugging Face writes it again.
    for (const std::string& file :
         {made->ToJson(), golden_case["json"].dump(), golden_case["resaved"].dump()}) {
      ASSERT_TRUE(LooksLikeCharTokenizer(file));
      auto tokenizer = ParseCharTokenizer(file);
      ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
      auto probes = golden_case["probes"].get<std::vector<std::string>>();
      for (size_t i = 0; i < probes.size(); ++i) {
        std::vector<int32_t> ids = (*tokenizer)->Encode(probes[i]);
        EXPECT_EQ(ids, golden_case["encodings"][i].get<std::vector<int32_t>>()) << probes[i];
        EXPECT_EQ((*tokenizer)->Decode(ids), golden_case["decodings"][i].get<std::string>());
      }
    }
  }
}

}  // namespace
}  // namespace lab
