#include "core/tokenizer/tokenizer.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/philox.h"
#include "core/base/strings.h"
#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/bpe_trainer.h"
#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/char_tokenizer.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool KeepGoing(std::string_view, int64_t, int64_t) { return true; }

std::shared_ptr<const Tokenizer> SmallBpe() {
  std::vector<std::string_view> documents = {"the cat sat on the mat, the cat and the hat",
                                             "that is the theatre; it's théâtre"};
  auto tokenizer = TrainBpe(documents, 280, KeepGoing);
  EXPECT_TRUE(tokenizer.ok());
  return *tokenizer;
}

std::string AllBytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  return bytes;
}

std::string RandomBytes(PhiloxStream& stream, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(stream.NextBelow(256)));
  return bytes;
}

TEST(ByteAlphabet, SpellsAndReadsBackEveryByte) {
  EXPECT_EQ(SpellBytes(" a\n"),
            "\xC4\xA0"
            "a\xC4\x8A");
  EXPECT_EQ(UnspellBytes(SpellBytes(AllBytes())), AllBytes());
  EXPECT_EQ(UnspellBytes(" "), std::nullopt);
  EXPECT_EQ(UnspellBytes("中"), std::nullopt);
  EXPECT_EQ(UnspellBytes("\xC4"), std::nullopt);
  EXPECT_EQ(UnspellBytes("\xC2\xAD"), std::nullopt);  // the one gap: byte 0xAD is U+0143
}

TEST(ByteTokenizer, HasOneIdPerByteAndEndOfTextAt256) {
  auto tokenizer = ByteTokenizer();
  EXPECT_EQ(tokenizer->vocab_size(), 257);
  EXPECT_EQ(tokenizer->end_of_text(), 256);
  EXPECT_THAT(tokenizer->Encode("hi\xFF"), ElementsAre('h', 'i', 255));
  EXPECT_THAT(tokenizer->Encode("a<|endoftext|>b"), ElementsAre('a', 256, 'b'));
  EXPECT_EQ(tokenizer->EncodeDocument("<|endoftext|>").size(), kEndOfText.size());
  EXPECT_EQ(tokenizer->Decode({'o', 256, 'k'}), "ok");
  EXPECT_EQ(tokenizer->TokenBytes(256), kEndOfText);
  EXPECT_TRUE(tokenizer->IsSpecial(256));
  EXPECT_FALSE(tokenizer->IsSpecial('a'));
  EXPECT_EQ(tokenizer->Decode(tokenizer->Encode(AllBytes())), AllBytes());
}

TEST(Tokenizer, DecodesWhatItEncodedWhateverTheBytes) {
  auto tokenizer = SmallBpe();
  PhiloxStream stream(1, Purpose::kCorpus, 0);
  for (int trial = 0; trial < 300; ++trial) {
    std::string bytes = RandomBytes(stream, trial);
    EXPECT_EQ(tokenizer->Decode(tokenizer->EncodeDocument(bytes)), bytes);
  }
  EXPECT_EQ(tokenizer->Decode({-1, 5000}), "");
}

TEST(Tokenizer, SpecialsAreFoundInPromptsButNotInDocuments) {
  auto tokenizer = SmallBpe();
  std::vector<int32_t> prompt = tokenizer->Encode("the<|endoftext|> cat");
  EXPECT_EQ(std::count(prompt.begin(), prompt.end(), 0), 1);
  EXPECT_EQ(tokenizer->Decode(prompt), "the cat");
  std::vector<int32_t> document = tokenizer->EncodeDocument("the<|endoftext|> cat");
  EXPECT_EQ(std::count(document.begin(), document.end(), 0), 0);
  EXPECT_EQ(tokenizer->Decode(document), "the<|endoftext|> cat");
}

TEST(Tokenizer, ReadsBackItsOwnFileWithTheSameIdsAndHash) {
  TempDir dir;
  for (const auto& tokenizer : {ByteTokenizer(), SmallBpe()}) {
    ASSERT_TRUE(WriteFileAtomically(dir.path() / "tokenizer.json", tokenizer->ToJson()).ok());
    for (const auto& place : {dir.path(), dir.path() / "tokenizer.json"}) {
      auto loaded = LoadTokenizer(place);
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      EXPECT_EQ((*loaded)->Hash(), tokenizer->Hash());
      EXPECT_EQ((*loaded)->vocab_size(), tokenizer->vocab_size());
      EXPECT_EQ((*loaded)->end_of_text(), tokenizer->end_of_text());
      for (std::string text : {"the cat's hat <|endoftext|>", "  \n théâtre \xFF\xFE", ""}) {
        EXPECT_EQ((*loaded)->Encode(text), tokenizer->Encode(text));
      }
    }
  }
}

TEST(Tokenizer, ConfigNamesTheFastClassAndTheSpecials) {
  auto config = nlohmann::json::parse(SmallBpe()->ConfigJson(512));
  EXPECT_EQ(config["tokenizer_class"], "PreTrainedTokenizerFast");
  EXPECT_EQ(config["bos_token"], "<|endoftext|>");
  EXPECT_EQ(config["eos_token"], "<|endoftext|>");
  EXPECT_EQ(config["clean_up_tokenization_spaces"], false);
  EXPECT_EQ(config["model_max_length"], 512);
}

TEST(Tokenizer, AVeryLongRunIsNeitherSlowNorCutShort) {
  auto tokenizer = SmallBpe();
  for (std::string run : {std::string(1 << 20, 'a'), std::string(1 << 20, ' '),
                          std::string(1 << 20, '!'), std::string(1 << 20, '\n')}) {
    EXPECT_EQ(tokenizer->Decode(tokenizer->EncodeDocument(run)), run);
  }
  std::string separators;
  for (int i = 0; i < 200000; ++i) separators += "\xE1\xA0\x8E!";  // U+180E
  EXPECT_EQ(tokenizer->Decode(tokenizer->EncodeDocument(separators)), separators);
}

TEST(Tokenizer, ManyThreadsGetTheSameIds) {
  auto tokenizer = SmallBpe();
  std::string text;
  for (int i = 0; i < 2000; ++i) text += StrCat(" the cat", i % 97, " sat");
  std::vector<int32_t> expected = SmallBpe()->Encode(text);
  std::vector<std::vector<int32_t>> got(4);
  {
    std::vector<std::jthread> threads;
    for (auto& ids : got) threads.emplace_back([&] { ids = tokenizer->Encode(text); });
  }
  for (const auto& ids : got) EXPECT_EQ(ids, expected);
}

TEST(BpeTrainer, RefusesTooSmallAVocabularyAndTextThatIsNotUtf8) {
  auto small = TrainBpe({"text"}, 256, KeepGoing);
  EXPECT_EQ(ReasonOf(small.status()), "TOKENIZER_INVALID");
  auto bad = TrainBpe({"fine", "ab\xFF"}, 300, KeepGoing);
  EXPECT_EQ(ReasonOf(bad.status()), "CORPUS_INVALID");
  EXPECT_THAT(std::string(MessageOf(bad.status())), HasSubstr("document 2 is not UTF-8 at byte 2"));
}

TEST(BpeTrainer, StopsWhenAsked) {
  std::string text;
  PhiloxStream stream(3, Purpose::kCorpus, 0);
  for (int i = 0; i < 20000; ++i) {
    text.push_back(static_cast<char>('a' + stream.NextBelow(26)));
    if (i % 7 == 0) text.push_back(' ');
  }
  for (std::string phase : {"counting words", "learning merges"}) {
    bool asked = false;
    auto result = TrainBpe({text}, 2000, [&](std::string_view now, int64_t done, int64_t total) {
      EXPECT_LE(done, total);
      if (now == phase) asked = true;
      return now != phase;
    });
    EXPECT_TRUE(asked);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled) << phase;
  }
}

TEST(BpeTrainer, StopsWhereNoPairRemains) {
  auto tokenizer = TrainBpe({"ab ab"}, 5000, KeepGoing);
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ((*tokenizer)->vocab_size(), 259);  // "ab" and " ab" beside the 257
}

// A tokenizer.json of GPT-2's kind, with one change at a time.
nlohmann::json Base() { return nlohmann::json::parse(SmallBpe()->ToJson()); }

std::string Refusal(const std::string& text) {
  TempDir dir;
  EXPECT_TRUE(WriteFileAtomically(dir.path() / "tokenizer.json", text).ok());
  auto loaded = LoadTokenizer(dir.path());
  EXPECT_FALSE(loaded.ok());
  EXPECT_EQ(ReasonOf(loaded.status()), "TOKENIZER_INVALID");
  return std::string(MessageOf(loaded.status()));
}

TEST(LoadTokenizer, NamesWhatItDoesNotUnderstand) {
  auto with = [](auto change) {
    nlohmann::json root = Base();
    change(root);
    return Refusal(root.dump());
  };
  EXPECT_THAT(with([](auto& r) { r["normalizer"] = {{"type", "NFC"}}; }), HasSubstr("normalizer"));
  EXPECT_THAT(with([](auto& r) { r["pre_tokenizer"]["type"] = "Metaspace"; }),
              HasSubstr("Metaspace"));
  EXPECT_THAT(with([](auto& r) { r["pre_tokenizer"]["add_prefix_space"] = true; }),
              HasSubstr("add_prefix_space"));
  EXPECT_THAT(with([](auto& r) { r["decoder"] = nullptr; }), HasSubstr("decoder"));
  EXPECT_THAT(with([](auto& r) {
                r["post_processor"] = {{"type", "TemplateProcessing"}};
              }),
              HasSubstr("TemplateProcessing"));
  EXPECT_THAT(with([](auto& r) { r["model"]["type"] = "Unigram"; }), HasSubstr("Unigram"));
  EXPECT_THAT(with([](auto& r) { r["model"]["dropout"] = 0.1; }), HasSubstr("model.dropout"));
  EXPECT_THAT(with([](auto& r) { r["model"]["byte_fallback"] = true; }),
              HasSubstr("model.byte_fallback"));
  EXPECT_THAT(with([](auto& r) { r["added_tokens"][0]["lstrip"] = true; }), HasSubstr("lstrip"));
  EXPECT_THAT(with([](auto& r) { r["added_tokens"] = nlohmann::json::array(); }),
              HasSubstr("which one ends a text is not known"));
  EXPECT_THAT(with([](auto& r) { r["model"]["vocab"]["a b"] = 280; }),
              HasSubstr("not spelt in the byte alphabet"));
  EXPECT_THAT(with([](auto& r) {
                r["truncation"] = {{"max_length", 5}};
              }),
              HasSubstr("truncation"));
}

TEST(LoadTokenizer, RefusesDamagedVocabulariesAndMerges) {
  auto with = [](auto change) {
    nlohmann::json root = Base();
    change(root["model"]);
    return Refusal(root.dump());
  };
  EXPECT_THAT(with([](auto& m) { m["vocab"].erase("a"); }), HasSubstr("no token has id"));
  EXPECT_THAT(with([](auto& m) { m["vocab"]["b"] = m["vocab"]["a"]; }),
              HasSubstr("stands for both"));
  EXPECT_THAT(with([](auto& m) { m["vocab"]["b"] = -1; }), HasSubstr("the id of b"));
  EXPECT_THAT(with([](auto& m) { m["vocab"]["b"] = "x"; }), HasSubstr("the id of b"));
  EXPECT_THAT(with([](auto& m) { m["vocab"] = 3; }), HasSubstr("model.vocab"));
  EXPECT_THAT(with([](auto& m) {
                m["merges"].push_back({"a", "q"});
              }),
              HasSubstr("does not have: aq"));
  EXPECT_THAT(with([](auto& m) {
                m["merges"].push_back({"a", "nowhere"});
              }),
              HasSubstr("names a token"));
  EXPECT_THAT(with([](auto& m) { m["merges"].push_back("abc"); }), HasSubstr("is not two tokens"));
  EXPECT_THAT(with([](auto& m) { m["merges"].push_back(7); }), HasSubstr("model.merges"));
  EXPECT_THAT(Refusal("{"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Refusal("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Refusal("{}"), HasSubstr("decoder"));
}

TEST(LoadTokenizer, AMissingFileIsNotFound) {
  TempDir dir;
  EXPECT_EQ(LoadTokenizer(dir.path() / "none.json").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LoadTokenizer(dir.path()).status().code(), absl::StatusCode::kNotFound);
}

TEST(LoadTokenizer, ReadsOlderMergesAndTakesWholeWords) {
  nlohmann::json root = Base();
  nlohmann::json& model = root["model"];
  for (auto& merge : model["merges"]) {
    merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  }
  for (const char* newer : {"ignore_merges", "byte_fallback", "fuse_unk"}) model.erase(newer);
  root["post_processor"] = {{"type", "ByteLevel"}};
  auto parse = [](const nlohmann::json& json) {
    return *MakeBpeTokenizer(*ParseTokenizerJson(json.dump()));
  };
  EXPECT_EQ(parse(root)->Encode("the cat"), SmallBpe()->Encode("the cat"));
  EXPECT_GT(parse(root)->Encode("xyz").size(), 1u);
  int64_t size = SmallBpe()->vocab_size();
  model["vocab"]["xyz"] = size;  // no merge leads there
  EXPECT_GT(parse(root)->Encode("xyz").size(), 1u);
  model["ignore_merges"] = true;
  EXPECT_THAT(parse(root)->Encode("xyz"), ElementsAre(size));
}

TEST(LoadTokenizer, TheLongestAddedTokenWins) {
  nlohmann::json root = Base();
  int64_t size = SmallBpe()->vocab_size();
  auto add = [&](const char* content, int64_t id, bool special) {
    root["added_tokens"].push_back({{"id", id}, {"content", content}, {"special", special}});
  };
  add("<a>", size, true);
  add("<a><b>", size + 1, false);
  auto tokenizer = *MakeBpeTokenizer(*ParseTokenizerJson(root.dump()));
  EXPECT_THAT(tokenizer->Encode("<a><b><a>"), ElementsAre(size + 1, size));
  EXPECT_EQ(tokenizer->Decode(tokenizer->Encode("<a><b><a>")), "<a><b>");  // <a> is special
  EXPECT_EQ(tokenizer->end_of_text(), 0);
}

TEST(LoadTokenizer, ReadsVocabAndMergesFiles) {
  TempDir dir;
  auto tokenizer = SmallBpe();
  nlohmann::json model = nlohmann::json::parse(tokenizer->ToJson())["model"];
  std::string merges = "#version: 0.2\n";
  for (const auto& merge : model["merges"]) {
    merges += merge[0].get<std::string>() + " " + merge[1].get<std::string>() + "\n";
  }
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "vocab.json", model["vocab"].dump()).ok());
  ASSERT_TRUE(WriteFileAtomically(dir.path() / "merges.txt", merges).ok());
  auto loaded = LoadTokenizer(dir.path());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->ToJson(), tokenizer->ToJson());
}

// LAB_TOKENIZER_CHECK=FOLDER keeps the folders for make_tokenizer_golden.py --check.
TEST(Tokenizer, WritesFoldersThatOpenWithTheSameIds) {
  TempDir dir;
  const char* kept = std::getenv("LAB_TOKENIZER_CHECK");
  std::filesystem::path root = kept == nullptr ? dir.path() : std::filesystem::path(kept);
  std::pair<std::string, std::shared_ptr<const Tokenizer>> all[] = {{"byte", ByteTokenizer()},
                                                                    {"bpe", SmallBpe()}};
  for (const auto& [name, tokenizer] : all) {
    std::filesystem::create_directories(root / name);
    ASSERT_TRUE(WriteFileAtomically(root / name / "tokenizer.json", tokenizer->ToJson()).ok());
    ASSERT_TRUE(
        WriteFileAtomically(root / name / "tokenizer_config.json", tokenizer->ConfigJson(128))
            .ok());
    auto loaded = LoadTokenizer(root / name);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    nlohmann::json ids;
    for (std::string text :
         {"the cat", "  spaces  and\n\nlines\t", "it's théâtre 123", "a<|endoftext|>b",
          "\u180e x \u00a0 中文 😀", "", "<|endoftext|>", "the theatre ."}) {
      EXPECT_EQ((*loaded)->Encode(text), tokenizer->Encode(text));
      ids.push_back({{"text", text}, {"ids", tokenizer->Encode(text)}});
    }
    ASSERT_TRUE(WriteFileAtomically(root / name / "ids.json", ids.dump()).ok());
  }
}

TEST(CharTokenizer, OneTokenACharacter) {
  auto tokenizer = TrainChar({"b€a", "a\n"});
  EXPECT_EQ(tokenizer->vocab_size(), 6);
  EXPECT_EQ(tokenizer->Encode("a€\nb"), (std::vector<int32_t>{3, 5, 2, 4}));
  EXPECT_EQ(tokenizer->Decode({4, 5, 3, 0, 1, -1, 99}), "b€a");
  EXPECT_EQ(tokenizer->end_of_text(), 0);
  EXPECT_EQ(tokenizer->TokenBytes(1), "<|unk|>");
}

TEST(CharTokenizer, WhatWasNeverSeenIsUnknown) {
  auto tokenizer = TrainChar({"ab"});
  EXPECT_EQ(tokenizer->Encode("aé€b"), (std::vector<int32_t>{2, 1, 1, 3}));
  EXPECT_EQ(tokenizer->Encode("a\xFF\xE2\x82z"), (std::vector<int32_t>{2, 1, 1, 1, 1}));
  EXPECT_EQ(tokenizer->TextBytes(1, "€b"), 3u);
  EXPECT_EQ(tokenizer->TextBytes(1, "\xE2\x82z"), 1u);
  EXPECT_EQ(tokenizer->TextBytes(2, "ab"), 1u);
}

TEST(CharTokenizer, ADocumentsSpecialsAreText) {
  auto tokenizer = TrainChar({"<|endoftext|>"});
  EXPECT_EQ(tokenizer->EncodeDocument("<|endoftext|>").size(), 13u);
  EXPECT_EQ(tokenizer->Encode("<|endoftext|><|unk|>"), (std::vector<int32_t>{0, 1}));
}

TEST(CharTokenizer, PiecesEncodeAsTheWhole) {
  std::string text = "aé€😀b\xE2\x82\x80\x80\x80\x80\x80z";
  auto tokenizer = TrainChar({"aé€😀bz"});
  for (size_t target = 0; target < 9; ++target) {
    std::vector<int32_t> ids;
    for (std::string_view piece : tokenizer->SafePieces(text, target)) {
      std::vector<int32_t> some = tokenizer->EncodeDocument(piece);
      ids.insert(ids.end(), some.begin(), some.end());
    }
    EXPECT_EQ(ids, tokenizer->EncodeDocument(text)) << target;
  }
}

TEST(CharTokenizer, RefusesWhatMeansSomethingElse) {
  const std::string sound = TrainChar({"ab"})->ToJson();
  ASSERT_TRUE(ParseCharTokenizer(sound).ok());
  for (auto [from, to, word] :
       {std::tuple{R"("Isolated")", R"("Removed")", "behavior"},
        {R"("fuse_unk": false)", R"("fuse_unk": true)", "fuse_unk"},
        {R"("type": "Fuse")", R"("type": "ByteLevel")", "decoder"},
        {R"("normalizer": null)", R"("normalizer": {"type": "NFC"})", "normalizer"},
        {R"("a": 2)", R"("aa": 2)", "'aa' is not one character"},
        {R"("a": 2)", R"("a": 3)", "id of"},
        {R"("a": 2)", R"("a": 9)", "id of"},
        {R"("special": true)", R"("special": false)", "added_tokens"},
        {R"("<|unk|>": 1)", R"("c": 1)", "<|unk|>"}}) {
    std::string wrong = sound;
    ASSERT_NE(wrong.find(from), std::string::npos) << from;
    wrong.replace(wrong.find(from), std::string(from).size(), to);
    auto tokenizer = ParseCharTokenizer(wrong);
    EXPECT_EQ(ReasonOf(tokenizer.status()), "TOKENIZER_INVALID") << to;
    EXPECT_THAT(std::string(MessageOf(tokenizer.status())), ::testing::HasSubstr(word)) << to;
  }
  EXPECT_FALSE(ParseCharTokenizer("[]").ok());
}

}  // namespace
}  // namespace lab
