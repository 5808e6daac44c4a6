#include "core/data/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/data/manifest.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool KeepGoing(std::string_view, int64_t, int64_t) { return true; }

class CorpusTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, std::string_view text) {
    EXPECT_TRUE(WriteFileAtomically(dir_.path() / name, text).ok());
    return (dir_.path() / name).string();
  }
  absl::StatusOr<Corpus> Open(const std::string& name, std::string_view text, bool utf8 = true) {
    return OpenCorpus(Write(name, text), utf8, KeepGoing);
  }
  std::string Refusal(const std::string& name, std::string_view text) {
    auto corpus = Open(name, text);
    EXPECT_FALSE(corpus.ok());
    EXPECT_EQ(ReasonOf(corpus.status()), "CORPUS_INVALID");
    return std::string(MessageOf(corpus.status()));
  }
  TempDir dir_;
};

TEST_F(CorpusTest, ATextIsOneDocumentUnlessTheSeparatorIsInIt) {
  EXPECT_THAT(Open("a.txt", "one\n\ntwo\n")->documents, ElementsAre("one\n\ntwo\n"));
  EXPECT_THAT(Open("a.txt", "one<|endoftext|>two\n<|endoftext|> \n<|endoftext|>")->documents,
              ElementsAre("one", "two\n"));
  EXPECT_EQ(Open("a.txt", "text")->source, nullptr);
}

TEST_F(CorpusTest, EachLineOfAJsonlIsADocument) {
  auto corpus = Open("a.jsonl",
                     "{\"text\": \"one\\nline\"}\r\n\n  \n{\"id\": 3, \"text\": \"zw\\u00f6lf\"}\n"
                     "{\"text\": \"a<|endoftext|>b\"}\n{\"text\": \"\"}");
  ASSERT_TRUE(corpus.ok()) << corpus.status();
  EXPECT_THAT(corpus->documents, ElementsAre("one\nline", "zwölf", "a", "b"));
}

TEST_F(CorpusTest, AMalformedJsonlNamesTheLine) {
  EXPECT_THAT(Refusal("a.jsonl", "{\"text\": \"x\"}\n{\"text\": \n"),
              HasSubstr("a.jsonl:2: not a"));
  EXPECT_THAT(Refusal("a.jsonl", "\n\n[1]\n"), HasSubstr("a.jsonl:3: "));
  EXPECT_THAT(Refusal("a.jsonl", "{\"txt\": \"x\"}\n"), HasSubstr("a.jsonl:1: no \"text\""));
  EXPECT_THAT(Refusal("a.jsonl", "{\"text\": 5}\n"), HasSubstr("is not a string"));
  EXPECT_THAT(Refusal("a.jsonl", "{\"text\": \"\xFF\"}\n"), HasSubstr("a.jsonl:1: "));
}

TEST_F(CorpusTest, TextThatIsNotUtf8IsRefusedWithItsOffsetUnlessBytesAreFine) {
  EXPECT_THAT(Refusal("a.txt", "abc\xFF"), HasSubstr("a.txt is not UTF-8 at byte 3"));
  EXPECT_THAT(Open("a.txt", "abc\xFF", false)->documents, ElementsAre("abc\xFF"));
}

TEST_F(CorpusTest, AnEmptyTextIsRefused) {
  EXPECT_THAT(Refusal("a.txt", ""), HasSubstr("holds no text: 0 bytes"));
  EXPECT_THAT(Refusal("a.txt", " \n<|endoftext|>\n"), HasSubstr("0 documents"));
  EXPECT_THAT(Refusal("a.jsonl", "{\"text\": \" \"}\n"), HasSubstr("holds no text"));
  EXPECT_EQ(ReasonOf(OpenCorpus(dir_.path().string() + "/", true, KeepGoing).status()),
            "CORPUS_INVALID");
}

TEST_F(CorpusTest, AMissingCorpusNamesWhatThereIs) {
  auto name = OpenCorpus("storeis", true, KeepGoing);
  EXPECT_EQ(ReasonOf(name.status()), "CORPUS_MISSING");
  EXPECT_THAT(std::string(MessageOf(name.status())),
              ::testing::AllOf(HasSubstr("stories, markov"), HasSubstr("did you mean stories?")));
  auto file = OpenCorpus("/nowhere/at/all.txt", true, KeepGoing);
  EXPECT_EQ(ReasonOf(file.status()), "CORPUS_MISSING");
  EXPECT_THAT(std::string(MessageOf(file.status())), HasSubstr("/nowhere/at/all.txt"));
}

TEST_F(CorpusTest, GeneratedCorporaHaveTheirRowsSizeAndASource) {
  for (const CorpusInfo& info : ListCorpora()) {
    auto corpus = OpenCorpus(info.name, true, KeepGoing);
    ASSERT_TRUE(corpus.ok()) << corpus.status();
    EXPECT_EQ(static_cast<int64_t>(corpus->documents.size()), info.documents);
    EXPECT_TRUE(info.known_entropy);
    ASSERT_NE(corpus->source, nullptr);
    EXPECT_TRUE(corpus->source->LogProbability(corpus->documents.back()).ok());
    EXPECT_FALSE(info.title.empty());
    EXPECT_FALSE(info.licence.empty());
  }
}

TEST_F(CorpusTest, GeneratingCanBeCancelled) {
  auto corpus = OpenCorpus("stories", true,
                           [](std::string_view, int64_t done, int64_t) { return done == 0; });
  EXPECT_EQ(corpus.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(CorpusTest, TheHashTellsDocumentsApart) {
  std::string one = HashDocuments({"ab"}), two = HashDocuments({"a", "b"});
  EXPECT_EQ(one.size(), 64u);
  EXPECT_NE(one, two);
  EXPECT_NE(two, HashDocuments({"b", "a"}));
  EXPECT_EQ(two, HashDocuments({"a", "b"}));
}

Corpus Of(std::vector<std::string_view> documents) {
  Corpus corpus;
  corpus.documents = std::move(documents);
  return corpus;
}

TEST(SplitCorpus, HoldsBackWholeDocumentsAtTheEnd) {
  Corpus corpus = Of({"1111111111", "2222222222", "3333333333", "4444444444", "5555555555"});
  CorpusSplit split = SplitCorpus(corpus, 0.4);
  EXPECT_EQ(split.train.size(), 3u);
  EXPECT_THAT(split.validation, ElementsAre("4444444444", "5555555555"));
  EXPECT_EQ(SplitCorpus(corpus, 0.01).validation.size(), 1u);
  EXPECT_EQ(SplitCorpus(corpus, 0.9).train.size(), 1u);
  CorpusSplit none = SplitCorpus(corpus, 0);
  EXPECT_EQ(none.train.size(), 5u);
  EXPECT_TRUE(none.validation.empty());
}

TEST(SplitCorpus, GoesByBytesAndAlwaysLeavesADocumentForTraining) {
  EXPECT_THAT(SplitCorpus(Of({"short", std::string_view("a very long last document")}), 0.1).train,
              ElementsAre("short"));
  EXPECT_THAT(SplitCorpus(Of({"a long first document", "b", "c", "d"}), 0.1).validation,
              ElementsAre("c", "d"));
}

TEST(SplitCorpus, CutsASingleTextAtACharactersBorder) {
  CorpusSplit split = SplitCorpus(Of({"0123456789"}), 0.3);
  EXPECT_THAT(split.train, ElementsAre("0123456"));
  EXPECT_THAT(split.validation, ElementsAre("789"));
  std::string_view text = "aaaaaaa\xF0\x9F\x98\x80 b";  // an emoji across the cut
  for (double fraction : {0.1, 0.2, 0.3, 0.35, 0.4, 0.5}) {
    CorpusSplit cut = SplitCorpus(Of({text}), fraction);
    ASSERT_EQ(cut.train.size(), 1u);
    EXPECT_EQ(FirstInvalidUtf8(cut.train[0]), std::string_view::npos) << fraction;
    EXPECT_EQ(StrCat(cut.train[0], cut.validation[0]), text);
  }
}

TEST(Unwrap, JoinsTheLinesOfAParagraph) {
  Corpus corpus = Of({"one\ntwo\nthree\n\nfour\nfive\n", "six", "\n\nseven\n \neight"});
  EXPECT_THAT(Unwrap(corpus).documents,
              ElementsAre("one two three\n\nfour five\n", "six", "\n\nseven\n\neight"));
  corpus.source = MakeSource(BuiltInManifest()[0]);
  EXPECT_EQ(Unwrap(corpus).source, nullptr);
}

TEST(Manifest, TheBuiltInOneHasTheGeneratedCorpora) {
  std::vector<std::string> names;
  for (const ManifestRow& row : BuiltInManifest()) {
    names.push_back(row.name);
    EXPECT_FALSE(row.teaches.empty());
  }
  EXPECT_THAT(names, ElementsAre("stories", "markov", "arithmetic", "arithmetic-reversed", "copy"));
}

TEST(Manifest, RefusesWrongRowsByLine) {
  auto message = [](std::string_view yaml) {
    auto rows = ParseManifest(yaml);
    EXPECT_FALSE(rows.ok()) << yaml;
    return std::string(MessageOf(rows.status()));
  };
  auto with = [&](const std::string& row) { return message("corpora:\n- " + row + "\n"); };
  const std::string row = "{name: a, title: t, licence: l, kind: ";
  EXPECT_THAT(message("a: b"), HasSubstr("expected the key 'corpora'"));
  EXPECT_THAT(message("corpora: [}"), HasSubstr("corpus/manifest.yaml:1: "));
  EXPECT_THAT(with("a"), HasSubstr(":2: expected the keys"));
  EXPECT_THAT(with("{title: t}"), HasSubstr("without a name"));
  EXPECT_THAT(with("{name: a}"), HasSubstr("title and licence"));
  EXPECT_THAT(with("{name: a, name: b}"), HasSubstr("name: given twice"));
  EXPECT_THAT(with(row + "odd}"), HasSubstr(":2: a: unknown kind 'odd'"));
  EXPECT_THAT(with(row + "generated, generator: x}"), HasSubstr("unknown generator 'x'"));
  EXPECT_THAT(with(row + "generated, generator: markov}"), HasSubstr("documents"));
  EXPECT_THAT(with(row + "generated, generator: markov, documents: 1x}"), HasSubstr("'1x'"));
  EXPECT_THAT(with(row + "local, path: x.txt}"), HasSubstr("must be absolute"));
  EXPECT_THAT(with(row + "local, path: /x.txt, size: 3}"), HasSubstr("unknown key 'size'"));
  std::string sound = "- " + row + "local, path: /x.txt}\n";
  EXPECT_THAT(message("corpora:\n" + sound + sound), HasSubstr(":3: a was there before"));
  EXPECT_EQ((*ParseManifest("corpora:\n" + sound))[0].path, "/x.txt");
}

}  // namespace
}  // namespace lab
