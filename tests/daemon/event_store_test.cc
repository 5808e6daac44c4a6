#include "daemon/store/event_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using EventStoreTest = StoreTest;

std::vector<std::string> Names(const v1::Job& job) {
  std::vector<std::string> names;
  for (const v1::Checkpoint& checkpoint : job.checkpoints()) names.push_back(checkpoint.name());
  return names;
}

// The sequences of a history, points included, in the order in which they came.
std::vector<int64_t> Sequences(const std::vector<v1::WatchEvent>& events) {
  std::vector<int64_t> sequences;
  for (const v1::WatchEvent& event : events) {
    if (event.has_metrics()) {
      const auto& points = event.metrics().sequence();
      sequences.insert(sequences.end(), points.begin(), points.end());
      EXPECT_EQ(event.sequence(), points.empty() ? -1 : points[points.size() - 1]);
    } else {
      sequences.push_back(event.sequence());
    }
  }
  return sequences;
}

TEST_F(EventStoreTest, EverythingSharesOneRowOfSequences) {
  int64_t id = RunningJob();  // states 1 (queued) and 2 (running)
  BatchMaker maker;
  maker.DeclareUsual().Point(0, 1, 2.5).Point(1, 1, 0.5).Sample(1, "once").Point(0, 2, 2.4);
  maker.Checkpoint(2, "full").Mark(2, "look");
  AppendAndFlush(id, 1, maker.Take());
  auto history = store_->ReadEventsAfter(id, 0, {});
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_TRUE(history->at_end);
  EXPECT_EQ(history->through, 8);
  EXPECT_THAT(Sequences(history->events), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  ASSERT_EQ(history->events.size(), 7u);
  const v1::MetricPoints& points = history->events[2].metrics();
  EXPECT_THAT(points.metrics(), ElementsAre("train/loss", "val/accuracy"));
  EXPECT_THAT(points.metric(), ElementsAre(0, 1));
  EXPECT_THAT(points.value(), ElementsAre(2.5, 0.5));
  EXPECT_THAT(points.step(), ElementsAre(1, 1));
  EXPECT_EQ(history->events[3].sample().text(), "once");
  EXPECT_EQ(history->events[5].checkpoint().name(), "step-2");
  EXPECT_EQ(history->events[6].mark().text(), "look");
  EXPECT_GT(history->events[6].time().seconds(), 1'600'000'000);
  EXPECT_EQ(*store_->LastSequence(id), 8);
  EXPECT_EQ(Get(id).last_sequence(), 8);
}

TEST_F(EventStoreTest, HistoryIsTheSameInAnyStretches) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.DeclareUsual();
  for (int64_t step = 1; step <= 4000; ++step) {
    maker.Point(0, step, 1).Point(2, step, 2);
    if (step % 100 == 0) maker.Point(1, step, 3).Sample(step, "s");
    if (step % 37 == 0) AppendAndFlush(id, 1, maker.Take());
  }
  AppendAndFlush(id, 1, maker.Take());
  int64_t last = *store_->LastSequence(id);
  for (int64_t limit : {1000, 16'384, 777}) {
    std::vector<int64_t> sequences;
    int64_t after = 0;
    for (bool at_end = false; !at_end;) {
      auto history = store_->ReadEventsAfter(id, after, {}, limit);
      ASSERT_TRUE(history.ok()) << history.status();
      for (int64_t sequence : Sequences(history->events)) sequences.push_back(sequence);
      EXPECT_GT(history->through, after);
      after = history->through;
      at_end = history->at_end;
    }
    ASSERT_EQ(sequences.size(), static_cast<size_t>(last));
    for (int64_t i = 0; i < last; ++i) ASSERT_EQ(sequences[i], i + 1) << "limit " << limit;
  }
}

TEST_F(EventStoreTest, KindsAreFilteredAndStillComeToTheEnd) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.DeclareUsual();
  for (int64_t step = 1; step <= 100; ++step) maker.Steps(step, step).Mark(step, "m");
  maker.Sample(100, "last");
  AppendAndFlush(id, 1, maker.Take());
  int64_t samples = 0;
  int64_t after = 0;
  for (bool at_end = false; !at_end;) {
    auto history = store_->ReadEventsAfter(id, after, {"sample", "state"}, 10);
    ASSERT_TRUE(history.ok());
    for (const auto& event : history->events) {
      EXPECT_TRUE(event.has_sample() || event.has_state());
      samples += event.has_sample();
    }
    ASSERT_TRUE(history->through > after || history->at_end);
    after = history->through;
    at_end = history->at_end;
  }
  EXPECT_EQ(samples, 1);
  EXPECT_EQ(after, *store_->LastSequence(id));
}

TEST_F(EventStoreTest, ARewindIsMarkedOnlyIfSomethingIsHidden) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 30).Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 30).ok());
  EXPECT_TRUE(store_->ReadEventsAfter(id, 0, {"mark"})->events.empty());
  ASSERT_TRUE(store_->BeginAttempt(id, 3, 20).ok());
  auto marks = store_->ReadEventsAfter(id, 0, {"mark"})->events;
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].mark().kind(), "rewind");
  EXPECT_EQ(marks[0].mark().step(), 20);
  EXPECT_THAT(marks[0].mark().text(), HasSubstr("step 20"));
  // The same again changes nothing; an earlier one is refused.
  ASSERT_TRUE(store_->BeginAttempt(id, 3, 20).ok());
  EXPECT_EQ(store_->ReadEventsAfter(id, 0, {"mark"})->events.size(), 1u);
  EXPECT_EQ(store_->BeginAttempt(id, 2, 5).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 20);
}

TEST_F(EventStoreTest, SamplesOfARewoundStretchAreHidden) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Sample(10, "a").Sample(20, "b").Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 15).ok());
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Sample(20, "\xFF\xFE c").Take());
  auto samples = store_->ListSamples(id);
  ASSERT_EQ(samples->size(), 2u);
  EXPECT_EQ((*samples)[0].text(), "a");
  EXPECT_EQ((*samples)[1].text(), "\xFF\xFE c");
}

TEST_F(EventStoreTest, CheckpointsFollowRetention) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.Checkpoint(10, "full").Checkpoint(20, "full");
  maker.Checkpoint(30, "full", {"step-10"}, {{"step-20", 77}});
  AppendAndFlush(id, 1, maker.Take());
  v1::Job job = Get(id);
  EXPECT_THAT(Names(job), ElementsAre("step-20", "step-30"));
  EXPECT_EQ(job.checkpoints(0).kind(), "weights");
  EXPECT_EQ(job.checkpoints(0).size_bytes(), 77);
  EXPECT_EQ(job.checkpoints(1).kind(), "full");
  EXPECT_EQ(job.checkpoints(1).size_bytes(), 1030);
  EXPECT_EQ((*store_->NewestFullCheckpoint(id))->name(), "step-30");
  ASSERT_TRUE(store_->DropCheckpoint(id, "step-30").ok());
  EXPECT_FALSE(store_->NewestFullCheckpoint(id)->has_value());
  EXPECT_EQ(store_->DropCheckpoint(id, "step-30").code(), absl::StatusCode::kNotFound);
}

TEST_F(EventStoreTest, ARewoundCheckpointIsNotResumedFrom) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().Checkpoint(10, "full").Checkpoint(20, "full").Take());
  // The one at 20 turned out to be damaged, say.
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 10).ok());
  EXPECT_EQ((*store_->NewestFullCheckpoint(id))->step(), 10);
  AppendAndFlush(id, 2, BatchMaker().Checkpoint(20, "full").Take());
  EXPECT_EQ((*store_->NewestFullCheckpoint(id))->step(), 20);
}

TEST_F(EventStoreTest, ANewerFullCheckpointForgivesCrashes) {
  int64_t id = RunningJob();
  JobChange change;
  change.crashes = 2;
  ASSERT_TRUE(store_->UpdateJob(id, change).ok());
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.Checkpoint(10, "weights").Take());
  EXPECT_EQ(store_->GetJobRecord(id)->crashes, 2);
  AppendAndFlush(id, 1, maker.Checkpoint(11, "full").Take());
  EXPECT_EQ(store_->GetJobRecord(id)->crashes, 0);
  ASSERT_TRUE(store_->UpdateJob(id, change).ok());
  AppendAndFlush(id, 1, maker.Checkpoint(11, "full").Take());  // not newer
  EXPECT_EQ(store_->GetJobRecord(id)->crashes, 2);
}

// --- what comes from a worker

Frame EventFrame(nlohmann::json header, std::string payload = "") {
  header["type"] = "event";
  return {std::move(header), std::move(payload)};
}

Frame DeclareFrame() {
  return {nlohmann::json::parse(R"({"type": "declare", "metrics": [
            {"index": 0, "name": "train/loss", "unit": "nats", "goal": "min"}]})"),
          ""};
}

Frame PointsFrame(int64_t first, int64_t count) {
  Frame frame{{{"type", "points"}, {"first", first}, {"count", count}}, ""};
  for (int64_t i = 0; i < count; ++i) {
    AppendPoint(&frame.payload, {0, static_cast<uint64_t>(first + i), 0.5, 1.5});
  }
  return frame;
}

TEST(WorkerFrames, ReadsWhatAWorkerSends) {
  WorkerFrames frames;
  ASSERT_TRUE(frames.Add(DeclareFrame()).ok());
  ASSERT_TRUE(frames.Add(PointsFrame(1, 3)).ok());
  nlohmann::json sample = {{"number", 4}, {"kind", "sample"}, {"step", 7}, {"seconds", 1.5}};
  sample["data"] = {{"tokens", 9},        {"seed", 18446744073709551615u},
                    {"temperature", 0.8}, {"top_k", 0},
                    {"top_p", 1.0},       {"lengths", {2, 3}}};
  ASSERT_TRUE(frames.Add(EventFrame(sample, "ab\xFF\xFEz")).ok());
  nlohmann::json checkpoint = {{"number", 5}, {"kind", "checkpoint"}, {"step", 7}, {"seconds", 2}};
  checkpoint["data"] = {{"name", "step-000007"},
                        {"kind", "full"},
                        {"size_bytes", 5},
                        {"sha256", "abc"},
                        {"removed", nlohmann::json::array({"step-1"})},
                        {"reduced", nlohmann::json::array({nlohmann::json::array({"step-2", 3})})}};
  ASSERT_TRUE(frames.Add(EventFrame(checkpoint)).ok());
  nlohmann::json mark = {{"number", 6}, {"kind", "mark"}, {"step", 7}, {"seconds", 2}};
  mark["data"] = {{"text", "resumed"}};
  ASSERT_TRUE(frames.Add(EventFrame(mark)).ok());
  WorkerBatch batch = frames.Take();
  EXPECT_EQ(batch.event_count, 6);
  EXPECT_EQ(batch.last_number, 6);
  ASSERT_EQ(batch.items.size(), 5u);
  auto got_sample = std::get<v1::Sample>(std::get<WorkerEvent>(batch.items[2]).data);
  EXPECT_EQ(got_sample.prompt(), "ab");
  EXPECT_EQ(got_sample.text(), "\xFF\xFEz");
  EXPECT_EQ(got_sample.seed(), 18446744073709551615u);
  EXPECT_EQ(got_sample.step(), 7);
  auto record = std::get<RecordedCheckpoint>(std::get<WorkerEvent>(batch.items[3]).data);
  EXPECT_EQ(record.checkpoint.name(), "step-000007");
  EXPECT_THAT(record.removed, ElementsAre("step-1"));
  EXPECT_THAT(record.reduced, ElementsAre(std::pair<std::string, int64_t>("step-2", 3)));
  EXPECT_EQ(std::get<v1::Mark>(std::get<WorkerEvent>(batch.items[4]).data).kind(), "note");
  EXPECT_TRUE(frames.empty());
}

TEST(WorkerFrames, RefusesWhatIsMalformed) {
  struct Case {
    Frame frame;
    std::string message;
  };
  Frame wrong_count = PointsFrame(1, 3);
  wrong_count.header["count"] = 4;
  Frame undeclared = PointsFrame(1, 1);
  undeclared.payload.clear();
  AppendPoint(&undeclared.payload, {5, 1, 0, 0});
  nlohmann::json event = {{"number", 1}, {"kind", "mark"}, {"step", 1}, {"seconds", 0}};
  nlohmann::json no_data = event;
  nlohmann::json odd_kind = event;
  odd_kind["kind"] = "dance";
  odd_kind["data"] = nlohmann::json::object();
  nlohmann::json no_text = event;
  no_text["data"] = {{"text", 5}};
  nlohmann::json sample = event;
  sample["kind"] = "sample";
  sample["data"] = {{"tokens", 1}, {"seed", 1},  {"temperature", 1},
                    {"top_k", 0},  {"top_p", 1}, {"lengths", {2, 2}}};
  Frame goal = DeclareFrame();
  goal.header["metrics"][0]["goal"] = "up";
  for (const Case& test : std::vector<Case>{{wrong_count, "announces 4 points"},
                                            {undeclared, "metric 5, which was not declared"},
                                            {PointsFrame(0, 1), "`first`"},
                                            {EventFrame(no_data), "`data` must be an object"},
                                            {EventFrame(odd_kind), "an event of kind \"dance\""},
                                            {EventFrame(no_text), "`text` must be a string"},
                                            {EventFrame(sample, "abc"), "`lengths`"},
                                            {goal, "`goal`"}}) {
    WorkerFrames frames;
    ASSERT_TRUE(frames.Add(DeclareFrame()).ok());
    absl::Status status = frames.Add(test.frame);
    EXPECT_EQ(ReasonOf(status), "WORKER_PROTOCOL") << test.message;
    EXPECT_THAT(std::string(MessageOf(status)), HasSubstr(test.message));
  }
}

TEST(WorkerFrames, NumbersMustFollow) {
  WorkerFrames frames;
  ASSERT_TRUE(frames.Add(DeclareFrame()).ok());
  ASSERT_TRUE(frames.Add(PointsFrame(10, 3)).ok());  // an attempt that goes on
  EXPECT_EQ(ReasonOf(frames.Add(PointsFrame(14, 1))), "WORKER_PROTOCOL");
  EXPECT_EQ(ReasonOf(frames.Add(PointsFrame(12, 1))), "WORKER_PROTOCOL");
  EXPECT_TRUE(frames.Add(PointsFrame(13, 1)).ok());
  EXPECT_EQ(frames.last_number(), 13);
}

std::string Encoded(const std::vector<Frame>& frames) {
  std::string bytes;
  for (const Frame& frame : frames) bytes += EncodeFrame(frame.header, frame.payload);
  return bytes;
}

TEST_F(EventStoreTest, AFarewellFillsInWhatWasNotAcknowledged) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 10).Take());
  std::string frames = Encoded({DeclareFrame(), PointsFrame(8, 5)});
  ASSERT_TRUE(store_->ImportFarewell(id, 1, frames).ok());
  EXPECT_EQ(*store_->LastWorkerNumber(id, 1), 12);
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 12);
  // Twice is as good as once, and so is an empty one.
  ASSERT_TRUE(store_->ImportFarewell(id, 1, frames).ok());
  ASSERT_TRUE(store_->ImportFarewell(id, 1, "").ok());
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 12);
  // The declaration was acknowledged long ago.
  ASSERT_TRUE(store_->ImportFarewell(id, 1, Encoded({PointsFrame(13, 2)})).ok());
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 14);
}

TEST_F(EventStoreTest, ADamagedFarewellChangesNothing) {
  int64_t id = RunningJob();
  std::string frames = Encoded({DeclareFrame(), PointsFrame(1, 5)});
  for (const std::string& damaged :
       {frames.substr(0, frames.size() - 3), std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        Encoded({DeclareFrame(), PointsFrame(4, 2)})}) {
    absl::Status status = store_->ImportFarewell(id, 1, damaged);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_EQ(ReasonOf(status), "CHECKPOINT_CORRUPT");
  }
  EXPECT_EQ(*store_->LastWorkerNumber(id, 1), 0);
  EXPECT_EQ(store_->ImportFarewell(id, 2, frames).code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store_->ImportFarewell(id, 1, frames).ok());
}

TEST_F(EventStoreTest, AFarewellOfAnEarlierAttemptKeepsTheRewind) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 4).Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 4).ok());
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Steps(5, 6).Take());
  ASSERT_TRUE(store_->ImportFarewell(id, 1, Encoded({DeclareFrame(), PointsFrame(5, 3)})).ok());
  EXPECT_THAT(ReadAll(*store_, id, "train/loss").steps, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(FindSummary(Get(id), "train/loss")->last(), 6.0);
  EXPECT_EQ(ReadAll(*store_, id, "train/loss", 0, true).raw_count, 9);
}

}  // namespace
}  // namespace lab
