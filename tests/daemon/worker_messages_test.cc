#include "daemon/supervisor/worker_messages.h"

#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "daemon/supervisor/failure.h"

namespace lab {
namespace {

using Json = nlohmann::json;

std::string Problem(const Json& header) {
  auto message = ParseWorkerFrame({header, ""});
  if (message.ok()) return "";
  EXPECT_EQ(ReasonOf(message.status()), "WORKER_PROTOCOL");
  return std::string(MessageOf(message.status()));
}

TEST(WorkerMessages, ReadsEveryKind) {
  auto hello = ParseWorkerFrame({{{"type", "hello"},
                                  {"protocol", 1},
                                  {"pid", 5},
                                  {"version", "1"},
                                  {"description", Json::object()}},
                                 ""});
  ASSERT_TRUE(hello.ok());
  EXPECT_EQ(std::get<HelloMessage>(*hello).pid, 5);
  auto progress = ParseWorkerFrame({{{"type", "progress"},
                                     {"step", 3},
                                     {"total_steps", 9},
                                     {"phase", "training"},
                                     {"fraction", 0.25},
                                     {"tokens", 30},
                                     {"eta_seconds", nullptr}},
                                    ""});
  ASSERT_TRUE(progress.ok());
  EXPECT_EQ(std::get<v1::Progress>(*progress).step(), 3);
  EXPECT_FALSE(std::get<v1::Progress>(*progress).has_eta_seconds());
  auto ended =
      ParseWorkerFrame({{{"type", "ended"}, {"outcome", "failed"}, {"reason", "DISK_FULL"}}, ""});
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(std::get<EndedMessage>(*ended).reason, "DISK_FULL");
  auto answer = ParseWorkerFrame({{{"type", "checked"}, {"request", "q1"}}, ""});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(std::get<AnswerMessage>(*answer).request, "q1");
  for (const char* type : {"declare", "points", "event"}) {
    EXPECT_TRUE(std::holds_alternative<NumberedMessage>(*ParseWorkerFrame({{{"type", type}}, ""})));
  }
  EXPECT_TRUE(std::holds_alternative<UnknownMessage>(*ParseWorkerFrame({{{"type", "new"}}, ""})));
}

TEST(WorkerMessages, NamesWhatIsWrong) {
  EXPECT_NE(Problem({{"type", "log"}}).find("\"text\" is missing"), std::string::npos);
  EXPECT_NE(Problem({{"type", "log"}, {"text", 3}}).find("\"text\" is not text"),
            std::string::npos);
  EXPECT_NE(Problem({{"type", "ended"}, {"outcome", "exploded"}}).find("exploded"),
            std::string::npos);
  EXPECT_NE(Problem({{"type", "checked"}}).find("\"request\" is missing"), std::string::npos);
  EXPECT_NE(Problem({{"type", "progress"},
                     {"step", 1.5},
                     {"total_steps", 1},
                     {"phase", ""},
                     {"fraction", 0},
                     {"tokens", 0}})
                .find("\"step\" is not an integer"),
            std::string::npos);
  EXPECT_NE(
      Problem({{"type", "ended"}, {"outcome", "left"}, {"step", UINT64_MAX}}).find("too large"),
      std::string::npos);
  Json hello = {{"type", "hello"}, {"protocol", 2}, {"pid", 1}, {"version", "x"}};
  EXPECT_NE(Problem(hello).find("protocol 2"), std::string::npos);
  hello["protocol"] = 1;
  EXPECT_NE(Problem(hello).find("did not describe itself"), std::string::npos);
}

TEST(WorkerMessages, TokenIsCutByItsLengths) {
  Frame frame{{{"type", "token"},
               {"id", 9},
               {"probability", 0.5},
               {"top", {0.5, 0.25}},
               {"lengths", {2, 1, 1}}},
              std::string("\xff\x00"
                          "ab",
                          4)};
  auto token = ParseToken(frame);
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->text(), std::string("\xff\0", 2));
  EXPECT_EQ(token->top(1).text(), "b");
  EXPECT_FALSE(token->has_shown());
  frame.header["shown_hex"] = "";
  EXPECT_TRUE(ParseToken(frame)->has_shown());
  frame.header["shown_hex"] = "0g";
  EXPECT_EQ(ReasonOf(ParseToken(frame).status()), "WORKER_PROTOCOL");
}

TEST(WorkerMessages, LengthsThatDoNotFitThePayloadAreRefused) {
  for (Json lengths : {Json{3, 1, 1}, Json{1, 1, 1}, Json{-1, 1, 4}, Json{1e300, 1, 1}, Json{2, 2},
                       Json{0.5, 1.5, 2}}) {
    Frame frame{{{"type", "token"},
                 {"id", 9},
                 {"probability", 0.5},
                 {"top", {0.5, 0.25}},
                 {"lengths", lengths}},
                "abcd"};
    EXPECT_EQ(ReasonOf(ParseToken(frame).status()), "WORKER_PROTOCOL") << lengths;
  }
}

TEST(WorkerMessages, FailedAnswersKeepTheirReason) {
  Json header = {{"ok", false},
                 {"error", {{"reason", "CHECKPOINT_CORRUPT"}, {"message", "bad hash"}}}};
  EXPECT_EQ(AnswerStatus(header).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReasonOf(AnswerStatus(header)), "CHECKPOINT_CORRUPT");
  EXPECT_EQ(ReasonOf(AnswerStatus({{"ok", false}})), "WORKER_PROTOCOL");
  EXPECT_TRUE(AnswerStatus({{"ok", true}}).ok());
}

TEST(WorkerMessages, RunSaysNullWithoutACheckpoint) {
  RunRequest run;
  run.job = 3;
  FrameDecoder decoder;
  decoder.Append(EncodeRun(run));
  auto frame = decoder.Next();
  ASSERT_TRUE(frame.ok() && *frame);
  EXPECT_TRUE((*frame)->header["resume"].is_null());
  EXPECT_EQ((*frame)->header["first_number"], 1);
}

TEST(WorkerMessages, TooLongAPromptIsRefused) {
  v1::GenerateRequest request;
  request.set_prompt(std::string(kMaxFramePayloadBytes, 'a'));
  request.add_stop("b");
  EXPECT_EQ(EncodeGenerate({"q", "m"}, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Failure, LastWordsCountMoreThanTheExit) {
  WorkerRemains remains;
  remains.last_words = {"failed", 7, "OUT_OF_MEMORY", "no room"};
  remains.wait_status = SIGSEGV;
  WorkerEnd end = ExplainEnd(remains);
  EXPECT_EQ(end.outcome, "failed");
  EXPECT_EQ(end.reason, "OUT_OF_MEMORY");
  EXPECT_EQ(end.step, 7);
}

TEST(Failure, FailedWithoutReasonIsInternal) {
  WorkerRemains remains;
  remains.last_words = {"failed", 0, "", ""};
  EXPECT_EQ(ExplainEnd(remains).reason, "INTERNAL");
}

TEST(Failure, EveryKindOfDeathHasItsReason) {
  WorkerRemains silent;
  silent.silent = true;
  silent.silence_limit = 30;
  silent.wait_status = SIGKILL;
  EXPECT_EQ(ExplainEnd(silent).reason, "WORKER_SILENT");
  EXPECT_NE(ExplainEnd(silent).message.find("30 seconds"), std::string::npos);
  WorkerRemains hostile;
  hostile.protocol_error = "a frame announces 99 bytes";
  EXPECT_EQ(ExplainEnd(hostile).reason, "WORKER_PROTOCOL");
  WorkerRemains crashed;
  crashed.wait_status = SIGSEGV;
  crashed.last_lines = "bad pointer";
  EXPECT_EQ(ExplainEnd(crashed).reason, "WORKER_CRASHED");
  EXPECT_NE(ExplainEnd(crashed).message.find("SIGSEGV"), std::string::npos);
  EXPECT_NE(ExplainEnd(crashed).message.find("bad pointer"), std::string::npos);
  WorkerRemains killed;
  killed.wait_status = SIGKILL;
  EXPECT_NE(ExplainEnd(killed).message.find("memory"), std::string::npos);
  WorkerRemains exited;
  exited.wait_status = 3 << 8;
  EXPECT_NE(ExplainEnd(exited).message.find("status 3"), std::string::npos);
}

}  // namespace
}  // namespace lab
