// Models kept warm within a budget, looks computed once, results on their way part by part.

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/tokenizer/tokenizer.h"
#include "daemon/worker/looks.h"
#include "daemon/worker/model_shelf.h"
#include "daemon/worker/result_streams.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_model.h"

namespace lab {
namespace {

using nlohmann::json;

class LooksTest : public testing::Test {
 protected:
  // A checkpoint of other weights for each step.
  std::string Checkpoint(int64_t step) {
    Gpt2Shape shape = TinyShape();
    shape.vocab = 257;
    Gpt2 model(shape);
    FillWeights(model, static_cast<uint64_t>(step));
    bytes_ = model.parameters().count() * 4;
    TrainerState state;
    state.step = step;
    auto written = WriteCheckpoint(dir_.path(), model, *ByteTokenizer(), state, nullptr);
    EXPECT_TRUE(written.ok()) << written.status();
    return (dir_.path() / written->name).string();
  }
  Frame Ask(const std::string& text, std::vector<std::string> quantities) {
    return {{{"type", "inspect"}, {"request", "q1"}, {"quantities", std::move(quantities)}}, text};
  }

  TempDir dir_;
  int64_t bytes_ = 0;
};

TEST_F(LooksTest, TheShelfKeepsWhatFitsAndReadsNothingTwice) {
  const std::string one = Checkpoint(1), two = Checkpoint(2), three = Checkpoint(3);
  ModelShelf shelf;
  shelf.SetBudget(2 * bytes_ + bytes_ / 2);
  auto first = shelf.Open(one), again = shelf.Open(one);
  ASSERT_TRUE(first.ok() && again.ok()) << first.status();
  EXPECT_NE(*first, *again);
  EXPECT_EQ(*shelf.Find(*first), *shelf.Find(*again));
  EXPECT_EQ(shelf.figures().held_bytes, bytes_);
  auto second = shelf.Open(two);
  ASSERT_TRUE(second.ok());
  // Both are open: there is no room for a third.
  auto refused = shelf.Open(three);
  EXPECT_EQ(ReasonOf(refused.status()), reason::kInspectBudget);
  shelf.Close(*first);
  EXPECT_FALSE(shelf.Find(*first).ok());
  EXPECT_FALSE(shelf.Open(three).ok());  // the other session still has it
  shelf.Close(*again);
  auto third = shelf.Open(three);
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(shelf.figures().held_bytes, 2 * bytes_);
  EXPECT_EQ((*shelf.Find(*third))->opened.step, 3);
}

TEST_F(LooksTest, AReplacedCheckpointIsReadAnew) {
  const std::string path = Checkpoint(1);
  ModelShelf shelf;
  shelf.SetBudget(0);
  auto before = shelf.Find(*shelf.Open(path));
  std::filesystem::remove_all(path);
  EXPECT_EQ(ReasonOf(shelf.Open(path).status()), reason::kCheckpointMissing);
  Gpt2Shape shape = TinyShape();
  shape.vocab = 257;
  Gpt2 other(shape);
  FillWeights(other, 77);
  TrainerState state;
  state.step = 1;
  ASSERT_TRUE(WriteCheckpoint(dir_.path(), other, *ByteTokenizer(), state, nullptr).ok());
  auto after = shelf.Find(*shelf.Open(path));
  EXPECT_NE((*before)->opened.sha256, (*after)->opened.sha256);
}

TEST_F(LooksTest, TheSameLookIsComputedOnce) {
  ModelShelf shelf;
  shelf.SetBudget(0);
  auto model = *shelf.Find(*shelf.Open(Checkpoint(1)));
  Looks looks;
  auto plan = Looks::Plan(*model, Ask("hello", {"lens"}));
  ASSERT_TRUE(plan.ok()) << plan.status();
  const Frame planned = Looks::PlanFrame(*model, Ask("hello", {"lens"}), *plan);
  EXPECT_EQ(planned.header["tokens"].size(), 5u);
  EXPECT_EQ(planned.payload, "hello");
  auto first = looks.Run(*model, *plan), second = looks.Run(*model, *plan);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status();
  EXPECT_FALSE((*first)->cached);
  EXPECT_TRUE((*second)->cached);
  EXPECT_TRUE((*first)->tensors[0].is_same((*second)->tensors[0]));
  // Every id that the lens names has its text.
  EXPECT_EQ((*first)->words.size(), (*first)->word_text.size());
  EXPECT_FALSE((*first)->words.empty());
  auto other = looks.Run(*model, *Looks::Plan(*model, Ask("hellp", {"lens"})));
  EXPECT_FALSE((*other)->cached);
  Frame tight = Ask("hello", {"lens"});
  tight.header["max_bytes"] = 100;
  tight.header["top"] = 7;
  auto refused = looks.Run(*model, *Looks::Plan(*model, tight));
  EXPECT_EQ(ReasonOf(refused.status()), reason::kInspectBudget);
  EXPECT_EQ(Looks::Plan(*model, Ask("hello", {"lense"})).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// A result of one tensor of `count` numbers, 0, 1, 2, …
std::shared_ptr<const LookResult> Numbers(int64_t count) {
  auto result = std::make_shared<LookResult>();
  at::Tensor numbers = at::empty({count});
  for (int64_t i = 0; i < count; ++i) {
    numbers.mutable_data_ptr<float>()[i] = static_cast<float>(i);
  }
  result->tensors = {numbers};
  return result;
}

TEST(ResultStreamsTest, WhoDoesNotReadHoldsUpNobody) {
  ResultStreams streams;
  const int64_t count = 3 << 20;  // 12 parts
  streams.Add("slow", Numbers(count));
  for (int part = 0; part < 8; ++part) ASSERT_TRUE(streams.Next()) << part;
  EXPECT_FALSE(streams.Ready());
  EXPECT_FALSE(streams.Next());
  streams.Add("quick", Numbers(count));
  std::string bytes;
  while (true) {
    auto frame = streams.Next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->header["request"], "quick");
    if (frame->type() == "inspected") break;
    EXPECT_EQ(frame->header["offset"], bytes.size());
    EXPECT_EQ(frame->header.contains("shape"), bytes.empty());
    EXPECT_LE(frame->payload.size(), 1u << 20);
    bytes += frame->payload;
    streams.Took("quick");
  }
  ASSERT_EQ(bytes.size(), static_cast<size_t>(count) * 4);
  float last = 0;
  std::memcpy(&last, bytes.data() + bytes.size() - 4, 4);
  EXPECT_EQ(last, static_cast<float>(count - 1));
  EXPECT_FALSE(streams.Ready());
  streams.Took("slow");
  EXPECT_EQ(streams.Next()->header["request"], "slow");
  streams.Abandon("slow");
  streams.Took("slow");
  EXPECT_FALSE(streams.Ready());
}

TEST(ResultStreamsTest, ATensorWithoutElementsComesToo) {
  ResultStreams streams;
  auto result = std::make_shared<LookResult>();
  result->tensors = {at::empty({0, 3}), at::empty({2})};
  streams.Add("q", std::move(result));
  auto empty = streams.Next(), full = streams.Next(), end = streams.Next();
  ASSERT_TRUE(empty && full && end);
  EXPECT_EQ(empty->header["shape"], json({0, 3}));
  EXPECT_EQ(empty->payload, "");
  EXPECT_EQ(full->header["tensor"], 1);
  EXPECT_EQ(full->payload.size(), 8u);
  EXPECT_EQ(end->type(), "inspected");
}

}  // namespace
}  // namespace lab
