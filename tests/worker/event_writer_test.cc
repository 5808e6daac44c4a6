#include "daemon/worker/event_writer.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lab {
namespace {

class EventWriterTest : public testing::Test {
 protected:
  EventWriterTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds_), 0);
    writer_ = std::make_unique<EventWriter>(fds_[0]);
    writer_->StartRun(
        {{"train/loss", "nats", Goal::kMin, ""}, {"val/loss", "nats", Goal::kMin, ""}}, 1, 1);
  }
  ~EventWriterTest() override {
    if (fds_[1] >= 0) ::close(fds_[1]);
    writer_.reset();
    ::close(fds_[0]);
  }

  // The next frame that is no heartbeat.
  Frame Next() {
    while (true) {
      auto frame = ReadFrame(fds_[1], decoder_);
      if (!frame.ok() || !frame->has_value()) {
        ADD_FAILURE() << "the stream ended";
        return {};
      }
      if ((*frame)->type() != "heartbeat") return **frame;
    }
  }

  int fds_[2];
  FrameDecoder decoder_;
  std::unique_ptr<EventWriter> writer_;
};

TEST_F(EventWriterTest, DeclaresMetricsBeforeTheirFirstPoint) {
  writer_->Metric("val/loss", 7, std::numeric_limits<double>::quiet_NaN());
  Frame declare = Next();
  EXPECT_EQ(declare.type(), "declare");
  EXPECT_EQ(declare.header["metrics"][1]["name"], "val/loss");
  EXPECT_EQ(declare.header["metrics"][1]["goal"], "min");
  Frame points = Next();
  ASSERT_EQ(points.type(), "points");
  EXPECT_EQ(points.header["first"], 1);
  PointRecord point = PointAt(points.payload, 0);
  EXPECT_EQ(point.metric, 1u);
  EXPECT_EQ(point.step, 7u);
  EXPECT_TRUE(std::isnan(point.value));
}

TEST_F(EventWriterTest, DeclaresMoreOnceTheConfigIsKnown) {
  EXPECT_EQ(Next().header["metrics"].size(), 2u);
  writer_->Declare({{"heads/induction/1.0", "", Goal::kNone, ""}});
  writer_->Metric("heads/induction/1.0", 4, 0.5);
  // All of them again: a farewell holds only the last declaration.
  Frame declare = Next();
  ASSERT_EQ(declare.type(), "declare");
  EXPECT_EQ(declare.header["metrics"].size(), 3u);
  EXPECT_EQ(declare.header["metrics"][2]["index"], 2);
  EXPECT_EQ(declare.header["attempt"], 1);
  EXPECT_EQ(PointAt(Next().payload, 0).metric, 2u);
}

TEST_F(EventWriterTest, ARunsSecondsDoNotCountWhatItsWorkerWaited) {
  using Clock = std::chrono::steady_clock;
  while (writer_->Seconds() < 0.02) {
  }
  const Clock::time_point before = Clock::now();
  writer_->StartRun({}, 1, 1);
  const double seconds = writer_->Seconds();
  EXPECT_LE(seconds, std::chrono::duration<double>(Clock::now() - before).count());
  writer_->SetEarlierSeconds(100);
  EXPECT_GE(writer_->Seconds(), 100);
}

TEST_F(EventWriterTest, NumbersPointsAndEventsInOneSequence) {
  writer_->Metric("train/loss", 1, 1.5);
  writer_->Metric("train/loss", 2, 1.25);
  writer_->Sample({.step = 2, .prompt = "a", .text = "\xFFz", .tokens = 2});
  writer_->Metric("train/loss", 3, 1.0);
  writer_->Flush();
  Next();  // declare
  int64_t expected = 1;
  for (int seen = 0; seen < 4;) {
    Frame frame = Next();
    if (frame.type() == "points") {
      EXPECT_EQ(frame.header["first"], expected);
      const int64_t count = frame.header["count"];
      EXPECT_EQ(frame.payload.size(), static_cast<size_t>(count) * kPointRecordBytes);
      expected += count;
      seen += static_cast<int>(count);
    } else {
      ASSERT_EQ(frame.type(), "event");
      EXPECT_EQ(frame.header["number"], expected++);
      EXPECT_EQ(frame.header["data"]["lengths"], nlohmann::json::array({1, 2}));
      EXPECT_EQ(frame.payload, "a\xFFz");
      ++seen;
    }
  }
}

TEST_F(EventWriterTest, ForgetsWhatWasAcknowledgedAndKeepsTheRest) {
  writer_->Metric("train/loss", 1, 1.5);
  writer_->Mark(1, "first");
  writer_->Mark(2, "second");
  writer_->Acknowledge(2);
  FrameDecoder decoder;
  decoder.Append(writer_->Unacknowledged());
  EXPECT_EQ((**decoder.Next()).type(), "declare");
  Frame left = **decoder.Next();
  EXPECT_EQ(left.header["number"], 3);
  EXPECT_EQ(left.header["data"]["text"], "second");
  EXPECT_FALSE(decoder.Next()->has_value());
  writer_->Acknowledge(3);
  FrameDecoder again;
  again.Append(writer_->Unacknowledged());
  EXPECT_EQ((**again.Next()).type(), "declare");
  EXPECT_TRUE(again.empty());
}

TEST_F(EventWriterTest, KeepsWhatAPeerThatLeftNeverGot) {
  ::close(fds_[1]);
  fds_[1] = -1;
  for (int step = 1; step <= 1000; ++step) writer_->Metric("train/loss", step, 1.0 / step);
  writer_->Flush();
  FrameDecoder decoder;
  decoder.Append(writer_->Unacknowledged());
  ASSERT_EQ((**decoder.Next()).type(), "declare");
  int64_t points = 0;
  while (auto frame = *decoder.Next()) points += frame->header["count"].get<int64_t>();
  EXPECT_EQ(points, 1000);
}

TEST_F(EventWriterTest, NeverWaitsForAPeerThatDoesNotRead) {
  for (int step = 1; step <= 200'000; ++step) writer_->Metric("train/loss", step, 1.0);
  SUCCEED() << "the socket holds far less than 5.6 MB; a blocking writer would not get here";
}

TEST_F(EventWriterTest, RefusesAMetricThatNobodyDeclared) {
  EXPECT_THROW(writer_->Metric("train/los", 1, 1.0), std::logic_error);
}

TEST_F(EventWriterTest, CountsOnFromTheNumberItWasGiven) {
  writer_->StartRun({}, 2, 41);
  writer_->Mark(0, "on");
  Next();
  Next();  // both declarations
  EXPECT_EQ(Next().header["number"], 41);
}

}  // namespace
}  // namespace lab
