// Files registered by name: the list, what became of a file, and opening one by its name.

#include "core/config/corpus_registry.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/data/corpus.h"
#include "core/data/prepare.h"
#include "core/data/preview.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool KeepGoing(std::string_view, int64_t, int64_t) { return true; }

// A home of its own, as the process's environment names it.
class CorpusRegistryTest : public ::testing::Test {
 protected:
  CorpusRegistryTest() {
    ::setenv("LAB_HOME", dir_.path().c_str(), 1);
    auto places = FindPlaces();
    EXPECT_TRUE(places.ok()) << places.status();
    file_ = CorpusRegistryPath(*places);
  }
  ~CorpusRegistryTest() override { ::unsetenv("LAB_HOME"); }

  RegisteredCorpus Make(const std::string& name, const std::string& file, const std::string& text) {
    const auto path = dir_.path() / file;
    EXPECT_TRUE(WriteFileAtomically(path, text).ok());
    return {.name = name,
            .path = path.string(),
            .size_bytes = static_cast<int64_t>(text.size()),
            .modified_nanos = ModifiedNanos(path).value_or(0),
            .sha256 = Sha256(text),
            .documents = 1,
            .added_millis = 5};
  }
  void Register(const std::vector<RegisteredCorpus>& list) {
    absl::Status written = WriteCorpusRegistry(file_, list);
    EXPECT_TRUE(written.ok()) << written;
  }

  TempDir dir_;
  std::filesystem::path file_;
};

TEST_F(CorpusRegistryTest, ReadsBackWhatWasWritten) {
  EXPECT_TRUE(ReadCorpusRegistry(file_)->empty());
  RegisteredCorpus one = Make("one", "one.txt", "text\n");
  Register({one, Make("two", "two.txt", "more\n")});
  auto read = ReadCorpusRegistry(file_);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].path, one.path);
  EXPECT_EQ((*read)[0].modified_nanos, one.modified_nanos);
  EXPECT_EQ((*read)[0].sha256, one.sha256);
  EXPECT_EQ((*read)[1].name, "two");
}

TEST_F(CorpusRegistryTest, ADamagedListNamesItsFile) {
  for (const char* text : {"", "[]", "{}", "{\"corpora\": 3}", "{\"corpora\": [{}]}",
                           "{\"corpora\": [{\"name\": 3}]}", "{\"corpora\": [1]}"}) {
    std::filesystem::create_directories(file_.parent_path());
    ASSERT_TRUE(WriteFileAtomically(file_, text).ok());
    auto read = ReadCorpusRegistry(file_);
    EXPECT_EQ(ReasonOf(read.status()), "CORPUS_INVALID") << text;
    EXPECT_THAT(std::string(MessageOf(read.status())), HasSubstr("registered.json")) << text;
  }
}

TEST_F(CorpusRegistryTest, TellsWhatBecameOfAFile) {
  RegisteredCorpus corpus = Make("one", "one.txt", "text\n");
  EXPECT_EQ(StateOf(corpus), CorpusState::kUnchanged);
  corpus.modified_nanos -= 1;  // touched, but the same
  EXPECT_EQ(StateOf(corpus), CorpusState::kUnchanged);
  ASSERT_TRUE(WriteFileAtomically(corpus.path, "texx\n").ok());  // of the same size
  EXPECT_EQ(StateOf(corpus), CorpusState::kChanged);
  ASSERT_TRUE(WriteFileAtomically(corpus.path, "longer text\n").ok());
  EXPECT_EQ(StateOf(corpus), CorpusState::kChanged);
  std::filesystem::remove(corpus.path);
  EXPECT_EQ(StateOf(corpus), CorpusState::kMissing);
}

TEST_F(CorpusRegistryTest, NamesCannotBeTakenForPaths) {
  for (const char* name : {"mine", "a", "my-text_2.v1", "12"}) {
    EXPECT_TRUE(CheckCorpusName(name).ok()) << name;
  }
  for (const std::string& name :
       {std::string(), std::string("a/b"), std::string("x.txt"), std::string("x.jsonl"),
        std::string("my text"), std::string("caf\xC3\xA9"), std::string(65, 'a')}) {
    EXPECT_EQ(CheckCorpusName(name).code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

TEST_F(CorpusRegistryTest, OpensByNameAndSaysThatTheFileChanged) {
  RegisteredCorpus corpus = Make("mine", "mine.txt", "one<|endoftext|>two");
  Register({corpus});
  auto opened = OpenCorpus("mine", true, KeepGoing);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->name, "mine");
  EXPECT_EQ(opened->note, "");
  EXPECT_THAT(opened->documents, ElementsAre("one", "two"));
  ASSERT_TRUE(WriteFileAtomically(corpus.path, "three").ok());
  opened = OpenCorpus("mine", true, KeepGoing);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_THAT(opened->documents, ElementsAre("three"));
  EXPECT_THAT(opened->note, HasSubstr("mine.txt changed since"));
  DataConfig config;
  config.corpus = "mine";
  config.tokenizer = "byte";
  config.validation.fraction = 0;
  auto notes = CheckData(config, 2);
  ASSERT_TRUE(notes.ok()) << notes.status();
  EXPECT_THAT(*notes, ElementsAre(HasSubstr("changed since")));
  std::filesystem::remove(corpus.path);
  opened = OpenCorpus("mine", true, KeepGoing);
  EXPECT_EQ(ReasonOf(opened.status()), "CORPUS_MISSING");
  EXPECT_THAT(std::string(MessageOf(opened.status())), HasSubstr("the corpus 'mine'"));
}

TEST_F(CorpusRegistryTest, AMissingNameIsToldWhatIsRegistered) {
  Register({Make("diary", "diary.txt", "text")});
  auto opened = OpenCorpus("diari", true, KeepGoing);
  EXPECT_THAT(std::string(MessageOf(opened.status())), HasSubstr("did you mean diary?"));
}

TEST_F(CorpusRegistryTest, PreviewsShowTheFirstDocuments) {
  Register({Make("mine", "mine.txt", "\xC3\xA9t\xC3\xA9<|endoftext|>two")});
  auto preview = PreviewCorpus("mine", 5, 4);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->documents, 2);
  EXPECT_EQ(preview->entropy, std::nullopt);
  ASSERT_EQ(preview->shown.size(), 2u);
  EXPECT_EQ(preview->shown[0].text, "\xC3\xA9t");  // never half a character
  EXPECT_EQ(preview->shown[0].bytes, 5);
  EXPECT_EQ(preview->shown[0].characters, 3);
  EXPECT_EQ(preview->shown[0].nats, std::nullopt);

  auto generated = PreviewCorpus("copy", 2, 4096);
  ASSERT_TRUE(generated.ok()) << generated.status();
  ASSERT_EQ(generated->shown.size(), 2u);
  ASSERT_EQ(generated->parts.size(), 2u);
  ASSERT_EQ(generated->shown[1].part_nats.size(), 2u);
  EXPECT_NEAR(*generated->shown[1].nats,
              generated->shown[1].part_nats[0] + generated->shown[1].part_nats[1], 1e-9);
  EXPECT_NEAR(*generated->entropy, generated->parts[0].nats + generated->parts[1].nats, 1e-9);
  EXPECT_EQ(PreviewCorpus("stories", 0, 10)->shown.size(), 0u);
}

}  // namespace
}  // namespace lab
