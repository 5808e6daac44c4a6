// corpora, tokens and evaluate against a fake labd: what they ask and what they print.

#include <filesystem>

#include "cli/errors.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class CorporaTest : public LabctlTest {
 protected:
  CorporaTest() {
    v1::CorpusPreview& mine = lab_.previews["mine"];
    mine.mutable_corpus()->set_name("mine");
    mine.mutable_corpus()->set_kind("local");
    mine.mutable_corpus()->set_path("/texts/mine.txt");
    mine.mutable_corpus()->set_sha256("ab12");
    mine.mutable_corpus()->set_state("changed");
    mine.mutable_corpus()->set_document_count(1234);
    v1::CorpusDocument& cut = *mine.add_documents();
    cut.set_text("one\n\x1b[31mtwo \xFF");
    cut.set_size_bytes(5000);
    cut.set_character_count(4999);
    v1::CorpusPreview& sums = lab_.previews["sums"];
    sums.mutable_corpus()->set_name("sums");
    sums.mutable_corpus()->set_kind("generated");
    sums.set_entropy(11.25);
    for (auto [name, nats] : {std::pair{"question", 11.25}, {"answer", 0.0}}) {
      v1::EntropyPart& part = *sums.add_parts();
      part.set_name(name);
      part.set_nats(nats);
    }
  }
};

TEST_F(CorporaTest, AddNamesTheFileByItsAbsolutePath) {
  Outcome outcome = Labctl({"corpora", "add", "some/text.txt", "--name", "mine"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  ASSERT_EQ(lab_.added.size(), 1u);
  EXPECT_EQ(lab_.added[0].path().front(), '/');
  EXPECT_THAT(lab_.added[0].path(), EndsWith("/some/text.txt"));
  EXPECT_EQ(lab_.added[0].name(), "mine");
}

TEST_F(CorporaTest, ShowSaysThatTheFileChanged) {
  Outcome outcome = Labctl({"corpora", "show", "mine"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("changed since it was registered"));
  EXPECT_THAT(outcome.out, HasSubstr("1,234"));
  Json document = LabctlJson({"corpora", "show", "mine"});
  EXPECT_EQ(document["corpus"]["state"], "changed");
  EXPECT_EQ(document["corpus"]["path"], "/texts/mine.txt");
  EXPECT_TRUE(document["corpus"]["entropy_per_document"].is_null());
}

TEST_F(CorporaTest, PreviewIsSafeForATerminalAndWholeInJson) {
  Outcome outcome = Labctl({"corpora", "preview", "mine", "--documents", "1"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
  EXPECT_THAT(outcome.out, HasSubstr("document 0: 5,000 bytes"));
  EXPECT_THAT(outcome.out, HasSubstr("bytes more)"));
  Json document = LabctlJson({"corpora", "preview", "mine"})["documents"][0];
  EXPECT_EQ(document["bytes_hex"], "6f6e650a1b5b33316d74776f20ff");
  EXPECT_EQ(document["cut"], true);
  EXPECT_EQ(Labctl({"corpora", "preview", "mine", "--documents", "0"}).code, kUsage);
}

TEST_F(CorporaTest, AGeneratedOneShowsItsEntropyAndItsParts) {
  EXPECT_THAT(Labctl({"corpora", "show", "sums"}).out,
              HasSubstr("11.250 nats a document = 11.250 question + 0 answer"));
  Json corpus = LabctlJson({"corpora", "show", "sums"})["corpus"];
  EXPECT_EQ(corpus["entropy_per_document"], 11.25);
  EXPECT_EQ(corpus["entropy_parts"]["question"], 11.25);
}

TEST_F(CorporaTest, WhatIsNotThereExitsThree) {
  EXPECT_EQ(Labctl({"corpora", "show", "nothing"}).code, kNotFound);
  EXPECT_EQ(Labctl({"corpora", "remove", "nothing"}).code, kNotFound);
  EXPECT_EQ(Labctl({"corpora", "add"}).code, kUsage);
}

TEST_F(CorporaTest, TokensShowBytesThatAreNoText) {
  lab_.tokenized.set_vocabulary(257);
  int64_t offset = 0;
  for (const char* text : {"a", "\xC3", "\n"}) {
    v1::TextToken& token = *lab_.tokenized.add_tokens();
    token.set_id(static_cast<uint8_t>(text[0]));
    token.set_text(text);
    token.set_offset(offset++);
  }
  Outcome outcome = Labctl({"tokens", "whatever"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"\\xc3\""));
  EXPECT_THAT(outcome.out, HasSubstr("\"\\n\""));
  EXPECT_THAT(outcome.err, HasSubstr("3 tokens, 8 bytes"));
  Json document = LabctlJson({"tokens", "whatever", "--tokenizer", "./x/tokenizer.json"});
  EXPECT_EQ(document["count"], 3);
  EXPECT_EQ(document["tokens"][1]["bytes_hex"], "c3");
  EXPECT_EQ(lab_.tokenizations.back().tokenizer().front(), '/');
  EXPECT_EQ(lab_.tokenizations.front().tokenizer(), "byte");
}

TEST_F(CorporaTest, EvaluateQueuesAndPrintsTheLossWithItsNoise) {
  lab_.on_create = [this](grpc::ServerContext*, const v1::CreateJobRequest& /*request*/,
                          v1::CreateJobResponse* response) {
    v1::Job& job = lab_.AddJob(7, v1::Job::SUCCEEDED);
    for (auto [name, value] : {std::pair{"val/loss", 1.5},
                               {"val/loss_error", 0.25},
                               {"val/windows", 40.0},
                               {"val/answer", 0.5},
                               {"val/answer_share", 0.25},
                               {"floor/answer", 0.0},
                               {"floor/loss", 1.25}}) {
      v1::MetricSummary& metric = *job.add_summary();
      metric.set_metric(name);
      metric.set_last(value);
    }
    response->add_job_ids(7);
    return grpc::Status::OK;
  };
  Outcome outcome = Labctl({"evaluate", "3@best", "--corpus", "sums", "--max-windows", "40"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("0.2500 (standard error over 40"));
  EXPECT_THAT(outcome.out, HasSubstr("2 nats each"));
  ASSERT_EQ(lab_.created.size(), 1u);
  EXPECT_THAT(lab_.created[0].config().text(), HasSubstr("base: \"3@best\""));
  EXPECT_THAT(lab_.created[0].config().text(), HasSubstr("max_windows: 40"));
  // labd's worker finds the files, from here.
  EXPECT_EQ(lab_.created[0].config().base(), std::filesystem::current_path().string());
  EXPECT_EQ(Labctl({"evaluate", "./mine", "--corpus", "a.txt"}).code, kOk);
  ASSERT_EQ(lab_.created.size(), 2u);
  EXPECT_THAT(lab_.created[1].config().text(),
              HasSubstr("base: \"" + (std::filesystem::current_path() / "mine").string() + "\""));
  EXPECT_THAT(lab_.created[1].config().text(), HasSubstr("corpus: \"a.txt\""));
  EXPECT_EQ(Labctl({"evaluate", "3"}).code, kUsage);
}

}  // namespace
}  // namespace lab::cli
