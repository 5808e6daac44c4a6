// data_config, tokenise and prepare.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/philox.h"
#include "core/base/strings.h"
#include "core/config/config.h"
#include "core/config/rows.h"
#include "core/data/corpus.h"
#include "core/data/prepare.h"
#include "core/data/stories.h"
#include "core/data/tokenise.h"
#include "core/tokenizer/bpe_trainer.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

bool KeepGoing(std::string_view, int64_t, int64_t) { return true; }

std::string Message(const absl::Status& status) { return std::string(MessageOf(status)); }

// ---- data_config
// ---------------------------------------------------------------------------------

struct Job {
  DataConfig data;
  template <class V>
  constexpr void Describe(V& v) {
    v("data", data, {.help = "the text"});
  }
};

std::vector<ConfigError> Errors(const std::string& yaml) {
  ConfigText text;
  text.text = yaml;
  text.base = "/base";
  return ParseConfig<Job>(text).errors;
}

TEST(DataConfig, AcceptsWhatTheReferenceShows) {
  EXPECT_TRUE(Errors("data: {corpus: stories, tokenizer: 'bpe:2048'}").empty());
  EXPECT_TRUE(Errors("data: {corpus: own.txt, tokenizer: ./tokenizer.json}").empty());
  EXPECT_TRUE(Errors("data: {validation: {corpus: markov}, filter: unwrap}").empty());
  EXPECT_TRUE(Errors("data: {validation: {fraction: 0}, limit_windows: 1}").empty());
}

TEST(DataConfig, NamesTheFieldThatIsWrong) {
  auto field = [](const std::string& yaml) {
    auto errors = Errors(yaml);
    EXPECT_EQ(errors.size(), 1u) << yaml;
    return errors.empty() ? "" : errors[0].field;
  };
  EXPECT_EQ(field("data: {tokenizer: 'bpe:256'}"), "data.tokenizer");
  EXPECT_EQ(field("data: {tokenizer: 'bpe:many'}"), "data.tokenizer");
  EXPECT_EQ(field("data: {tokenizer: 'bpe:99999999999999999999'}"), "data.tokenizer");
  EXPECT_EQ(field("data: {tokenizer: gpt2}"), "data.tokenizer");
  EXPECT_EQ(field("data: {corpus: ''}"), "data.corpus");
  EXPECT_EQ(field("data: {validation: {fraction: 1}}"), "data.validation.fraction");
  EXPECT_EQ(field("data: {validation: {fraction: -0.1}}"), "data.validation.fraction");
  EXPECT_EQ(field("data: {validation: {fraction: 0.1, corpus: markov}}"), "data.validation");
  EXPECT_EQ(field("data: {filter: wrap}"), "data.filter");
  EXPECT_EQ(field("data: {limit_windows: -1}"), "data.limit_windows");
}

// ---- tokenise
// ------------------------------------------------------------------------------------

std::string SomeText(uint64_t seed, int words) {
  PhiloxStream stream(seed, Purpose::kCorpus, 0);
  const char* pieces[] = {"the ", "cat", " sat", "\n\n", "  ", "théâtre", "'s", "12", "!", " 😀"};
  std::string text;
  for (int i = 0; i < words; ++i) text += pieces[stream.NextBelow(10)];
  return text;
}

TEST(WriteTokenFile, IsTheSameForAnyThreadsAndPieces) {
  TempDir dir;
  std::vector<std::string> texts = {SomeText(1, 4000), "x", SomeText(2, 3), SomeText(3, 900)};
  std::vector<std::string_view> documents(texts.begin(), texts.end());
  auto bpe = *TrainBpe(documents, 300, KeepGoing);
  for (const auto& tokenizer : {bpe, ByteTokenizer()}) {
    std::string first;
    for (TokeniseOptions options :
         {TokeniseOptions{1, 1 << 20}, TokeniseOptions{3, 1}, TokeniseOptions{2, 100}}) {
      auto path = dir.path() / "x.tokens";
      ASSERT_TRUE(
          WriteTokenFile(path, documents, *tokenizer, HashDocuments(documents), KeepGoing, options)
              .ok());
      std::string bytes = *ReadFile(path);
      if (first.empty()) first = bytes;
      EXPECT_EQ(bytes == first, true) << options.threads << " threads";
    }
    auto file = TokenFile::Open(dir.path() / "x.tokens");
    std::vector<int32_t> expected;
    for (std::string_view document : documents) {
      auto ids = tokenizer->EncodeDocument(document);
      expected.insert(expected.end(), ids.begin(), ids.end());
      expected.push_back(tokenizer->end_of_text());
    }
    std::vector<int32_t> ids(static_cast<size_t>(file->size()));
    file->Read(0, file->size(), ids.data());
    EXPECT_EQ(ids, expected);
    EXPECT_EQ(file->info().document_count, 4);
  }
}

// ---- prepare
// -------------------------------------------------------------------------------------

class PrepareTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, std::string_view text) {
    EXPECT_TRUE(WriteFileAtomically(dir_.path() / name, text).ok());
    return (dir_.path() / name).string();
  }
  DataConfig Config(const std::string& corpus, const std::string& tokenizer) {
    DataConfig config;
    config.corpus = corpus;
    config.tokenizer = tokenizer;
    return config;
  }
  absl::StatusOr<PreparedData> Prepare(const DataConfig& config, int64_t context = 8,
                                       const ProgressCallback& progress = KeepGoing) {
    return PrepareData(config, cache_, context, progress);
  }
  // The names of files in the cache, locks aside.
  std::vector<std::string> Cached() {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(cache_)) {
      if (entry.is_regular_file() && entry.path().extension() != ".lock") {
        names.push_back(entry.path().filename().string());
      }
    }
    return names;
  }
  TempDir dir_;
  fs::path cache_ = dir_.path() / "cache";
};

TEST_F(PrepareTest, TokenisesATextWithBytes) {
  std::string path = Write("a.txt", std::string(90, 'x') + std::string(10, 'y'));
  auto data = Prepare(Config(path, "byte"));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.size(), 91);  // end-of-text after each part
  EXPECT_EQ(data->train.At(90), 256);
  EXPECT_EQ(data->validation.size(), 11);
  EXPECT_EQ(data->validation.At(0), 'y');
  EXPECT_EQ(data->train_windows, 11);
  EXPECT_EQ(data->validation_windows, 1);
  EXPECT_DOUBLE_EQ(data->bytes_per_token, 10.0 / 11);
  EXPECT_EQ(data->floor_loss, std::nullopt);
  EXPECT_EQ(data->floor_val_loss, std::nullopt);
  EXPECT_EQ(data->corpus_name, path);
  EXPECT_FALSE(data->from_cache);
}

TEST_F(PrepareTest, TheTokenizerSeesTheTrainingPartOnly) {
  std::string path = Write("a.txt", SomeText(1, 2000) + "<|endoftext|>" + SomeText(1, 100) +
                                        std::string(40, 'z') + " zzzz zzzz zzzz zzzz");
  auto apart = Prepare(Config(path, "bpe:320"));
  ASSERT_TRUE(apart.ok()) << apart.status();
  DataConfig all = Config(path, "bpe:320");
  all.validation.fraction = 0;
  auto whole = Prepare(all);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_GT(apart->tokenizer->Encode("zzzz").size(), 3u);
  EXPECT_LT(whole->tokenizer->Encode("zzzz").size(), 3u);
  EXPECT_TRUE(whole->validation.empty());
  EXPECT_EQ(whole->validation_windows, 0);
  EXPECT_GT(whole->bytes_per_token, 1);
}

TEST_F(PrepareTest, TheSecondTimeNothingIsTokenised) {
  std::string path = Write("a.txt", SomeText(1, 3000));
  auto first = Prepare(Config(path, "bpe:300"));
  ASSERT_TRUE(first.ok());
  bool worked = false;
  auto second = Prepare(Config(path, "bpe:300"), 8, [&](std::string_view phase, int64_t, int64_t) {
    worked |= phase != "reading";
    return true;
  });
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->from_cache);
  EXPECT_FALSE(worked);
  EXPECT_EQ(second->tokenizer->Hash(), first->tokenizer->Hash());
  EXPECT_EQ(second->train.size(), first->train.size());
  Write("a.txt", SomeText(2, 3000));  // another text under the same name
  EXPECT_FALSE(Prepare(Config(path, "bpe:300"))->from_cache);
}

TEST_F(PrepareTest, DamagedCacheFilesAreMadeAgain) {
  std::string path = Write("a.txt", SomeText(1, 3000));
  auto sound = Prepare(Config(path, "bpe:300"));
  ASSERT_TRUE(sound.ok());
  for (const auto& entry : fs::recursive_directory_iterator(cache_)) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), entry.file_size() / 2);
  }
  auto again = Prepare(Config(path, "bpe:300"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->from_cache);
  EXPECT_EQ(again->tokenizer->Hash(), sound->tokenizer->Hash());
  EXPECT_EQ(again->train.size(), sound->train.size());
}

TEST_F(PrepareTest, CancelledAtAnyMomentItLeavesNothingHalfMade) {
  std::string path = Write("a.txt", SomeText(1, 60000));
  DataConfig config = Config(path, "bpe:400");
  int64_t moments = 0;
  auto count = [&](std::string_view, int64_t, int64_t) { return ++moments > 0; };
  ASSERT_TRUE(PrepareData(config, dir_.path() / "whole", 8, count).ok());
  ASSERT_GT(moments, 6);
  for (int64_t stop_at = 1; stop_at <= moments; ++stop_at) {
    fs::remove_all(cache_);
    int64_t now = 0;
    auto data =
        Prepare(config, 8, [&](std::string_view, int64_t, int64_t) { return ++now < stop_at; });
    EXPECT_EQ(data.status().code(), absl::StatusCode::kCancelled) << stop_at;
    for (const std::string& name : Cached()) EXPECT_NE(name[0], '.') << name;
    for (const auto& entry : fs::directory_iterator(cache_ / "tokens")) {
      EXPECT_TRUE(TokenFile::Open(entry.path()).ok()) << entry.path();
    }
  }
  EXPECT_TRUE(Prepare(config).ok());
}

TEST_F(PrepareTest, AskedByManyAtOnceItWorksOnce) {
  std::string path = Write("a.txt", SomeText(1, 60000));
  std::atomic<int> makers{0}, failures{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        auto data = Prepare(Config(path, "bpe:300"));
        if (!data.ok()) ++failures;
        if (data.ok() && !data->from_cache) ++makers;
      });
    }
  }
  EXPECT_EQ(failures, 0);
  // One makes the training tokens, perhaps another the validation tokens.
  EXPECT_GE(makers, 1);
  EXPECT_LE(makers, 2);
  EXPECT_EQ(Cached().size(), 3u);
}

TEST_F(PrepareTest, AKilledProcessDoesNotStandInTheWay) {
  std::string path = Write("a.txt", SomeText(1, 60000));
  DataConfig config = Config(path, "bpe:300");
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // dies in the middle of tokenising, with the lock and a half-written file
    (void)Prepare(config, 8, [](std::string_view phase, int64_t done, int64_t) {
      if (phase == "tokenising" && done > 0) ::_exit(9);
      return true;
    });
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 9);
  auto data = Prepare(config);
  ASSERT_TRUE(data.ok()) << data.status();
  for (const std::string& name : Cached()) EXPECT_NE(name[0], '.') << name;
}

TEST_F(PrepareTest, TooSmallSaysTokensThereAndTokensNeeded) {
  std::string path = Write("a.txt", std::string(100, 'x'));
  auto train = Prepare(Config(path, "byte"), 200);
  EXPECT_EQ(ReasonOf(train.status()), "CORPUS_TOO_SMALL");
  EXPECT_THAT(Message(train.status()), AllOf(HasSubstr("training"), HasSubstr("91 tokens"),
                                             HasSubstr("90 bytes"), HasSubstr("needs 201")));
  auto validation = Prepare(Config(path, "byte"), 50);
  EXPECT_EQ(ReasonOf(validation.status()), "CORPUS_TOO_SMALL");
  EXPECT_THAT(Message(validation.status()),
              AllOf(HasSubstr("validation"), HasSubstr("11 tokens"), HasSubstr("fraction 0")));
  DataConfig config = Config(path, "byte");
  config.validation.fraction = 0;
  EXPECT_TRUE(Prepare(config, 50).ok());
  EXPECT_TRUE(Prepare(config, 100).ok());  // 100 letters and end-of-text: just enough
  EXPECT_FALSE(Prepare(config, 101).ok());
}

TEST_F(PrepareTest, LimitsWindowsAndUnwraps) {
  std::string path = Write("a.txt", "one\ntwo\nthree\n\nfour\nfive\nsix seven eight nine ten");
  DataConfig config = Config(path, "byte");
  config.validation.fraction = 0;
  config.limit_windows = 2;
  config.filter = "unwrap";
  auto data = Prepare(config);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train_windows, 2);
  EXPECT_EQ(data->train.At(3), ' ');
  EXPECT_EQ(data->train.At(13), '\n');
}

TEST_F(PrepareTest, ValidatesOnAnotherCorpus) {
  DataConfig config = Config(Write("a.txt", std::string(100, 'x')), "byte");
  config.validation.corpus = Write("b.txt", std::string(50, 'y'));
  auto data = Prepare(config);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.size(), 101);
  EXPECT_EQ(data->validation.size(), 51);
  EXPECT_EQ(data->validation.At(0), 'y');
}

TEST_F(PrepareTest, UsesATokenizerFromAPath) {
  auto trained = *TrainBpe({"the cat sat on the mat"}, 270, KeepGoing);
  std::string tokenizer = Write("tokenizer.json", trained->ToJson());
  std::string text = Write("a.txt", SomeText(4, 500));
  auto data = Prepare(Config(text, tokenizer));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->tokenizer->Hash(), trained->Hash());
  EXPECT_EQ(data->train.info().vocab_size, trained->vocab_size());
  EXPECT_EQ(Prepare(Config(text, "/nowhere/tokenizer.json")).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(PrepareTest, RefusesTextThatIsNotUtf8ExceptWithBytes) {
  std::string path = Write("a.txt", std::string(100, 'x') + "\xFF" + std::string(100, 'x'));
  auto bpe = Prepare(Config(path, "bpe:300"));
  EXPECT_EQ(ReasonOf(bpe.status()), "CORPUS_INVALID");
  EXPECT_THAT(Message(bpe.status()), HasSubstr("at byte 100"));
  EXPECT_TRUE(Prepare(Config(path, "byte")).ok());
}

TEST_F(PrepareTest, KnowsTheFloorOfStories) {
  auto data = Prepare(Config("stories", "bpe:2048"), 256);
  ASSERT_TRUE(data.ok()) << data.status();
  ASSERT_TRUE(data->floor_loss && data->floor_val_loss);
  auto stories = MakeStories();
  double documents = static_cast<double>(data->validation.info().document_count);
  double tokens = static_cast<double>(data->validation.size());
  EXPECT_NEAR(*data->floor_loss, stories->EntropyPerDocument() / (tokens / documents), 1e-12);
  EXPECT_NEAR(*data->floor_val_loss, *data->floor_loss, 0.02 * *data->floor_loss);
  EXPECT_GT(*data->floor_loss, 0.5);
  EXPECT_LT(*data->floor_loss, 1.0);
  EXPECT_LE(data->tokenizer->vocab_size(), 2048);
}

TEST_F(PrepareTest, KnowsTheFloorOfMarkov) {
  auto data = Prepare(Config("markov", "byte"), 128);
  ASSERT_TRUE(data.ok()) << data.status();
  // The two differ only by the luck of the validation documents' lengths.
  EXPECT_NEAR(*data->floor_val_loss, *data->floor_loss, 0.005 * *data->floor_loss);
}

TEST_F(PrepareTest, CheckDataFindsWhatCanBeKnownAtSubmit) {
  EXPECT_TRUE(CheckData(Config("stories", "bpe:2048"), 256).ok());
  EXPECT_EQ(ReasonOf(CheckData(Config("nothing", "byte"), 8).status()), "CORPUS_MISSING");
  std::string small = Write("a.txt", std::string(100, 'x'));
  EXPECT_TRUE(CheckData(Config(small, "bpe:300"), 10).ok());
  absl::Status status = CheckData(Config(small, "bpe:300"), 11).status();
  EXPECT_EQ(ReasonOf(status), "CORPUS_TOO_SMALL");
  EXPECT_THAT(Message(status), AllOf(HasSubstr("at most 11 tokens"), HasSubstr("needs 12")));
  EXPECT_EQ(CheckData(Config(small, "/nowhere/t.json"), 8).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(CheckData(Config(small, "gpt2"), 8).status()), "CONFIG_INVALID");
  EXPECT_EQ(ReasonOf(CheckData(Config(Write("e.txt", ""), "byte"), 8).status()), "CORPUS_INVALID");
  EXPECT_FALSE(fs::exists(cache_));
}

}  // namespace
}  // namespace lab
