// What stays visible when a run goes on from a checkpoint, at the very step of that checkpoint too;
// and checkpoints that a run left without being able to say so.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/frame.h"
#include "core/base/places.h"
#include "daemon/recovery.h"
#include "daemon/store/database.h"
#include "daemon/store/schema.h"
#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RewindTest : public StoreTest {
 protected:
  // "step text" of each visible sample.
  std::vector<std::string> Samples(int64_t id) {
    std::vector<std::string> found;
    auto samples = store_->ListSamples(id);
    EXPECT_TRUE(samples.ok()) << samples.status();
    for (const v1::Sample& sample : *samples) {
      found.push_back(std::to_string(sample.step()) + " " + sample.text());
    }
    return found;
  }
  std::vector<v1::WatchEvent> Marks(int64_t id) {
    return store_->ReadEventsAfter(id, 0, {"mark"})->events;
  }
  // Ends the attempt as a crash does and goes on from the newest checkpoint.
  void GoOn(int64_t id, int64_t attempt) {
    auto newest = store_->NewestFullCheckpoint(id);
    ASSERT_TRUE(newest.ok() && *newest) << newest.status();
    ASSERT_TRUE(store_->BeginAttempt(id, attempt, (*newest)->step()).ok());
  }

  // A checkpoint as a worker leaves it whose labd does not hear of it.
  void LeaveFolder(int64_t id, int64_t step, const std::string& trainer,
                   const std::string& frames) {
    const fs::path folder = CheckpointPath(id, step);
    fs::create_directories(folder / "trainer");
    ASSERT_TRUE(WriteFileAtomically(folder / "manifest.json", "weights").ok());
    ASSERT_TRUE(WriteFileAtomically(folder / "trainer" / "manifest.json", trainer).ok());
    ASSERT_TRUE(WriteFileAtomically(folder / "trainer" / "unacknowledged.frames", frames).ok());
  }
  fs::path CheckpointPath(int64_t id, int64_t step) {
    std::string digits = std::to_string(step);
    return places().job(id) / "checkpoints" /
           ("step-" + std::string(6 - digits.size(), '0') + digits);
  }
  Places places() const {
    Places places;
    places.data = folder_.path();
    return places;
  }
  static std::string DeclareFrame() {
    return EncodeFrame(
        {{"type", "declare"},
         {"metrics", {{{"index", 0}, {"name", "train/loss"}, {"unit", ""}, {"goal", "min"}}}}});
  }
  static std::string SampleFrame(int64_t number, int64_t step, const std::string& text) {
    return EncodeFrame({{"type", "event"},
                        {"number", number},
                        {"kind", "sample"},
                        {"step", step},
                        {"seconds", 1.0},
                        {"data",
                         {{"tokens", 1},
                          {"seed", 1},
                          {"temperature", 1.0},
                          {"top_k", 0},
                          {"top_p", 1.0},
                          {"lengths", {0, text.size()}}}}},
                       text);
  }
};

TEST_F(RewindTest, WhatCameAfterTheCheckpointOfItsStepIsSuperseded) {
  int64_t id = RunningJob();
  // A checkpoint that was asked for between the update and what is due after it.
  AppendAndFlush(id, 1,
                 BatchMaker()
                     .DeclareUsual()
                     .Steps(1, 30)
                     .Sample(15, "early")
                     .Checkpoint(30, "full")
                     .Sample(30, "first")
                     .Mark(30, "first")
                     .Take());
  GoOn(id, 2);
  EXPECT_THAT(Samples(id), ElementsAre("15 early"));
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 30);
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Sample(30, "second").Take());
  EXPECT_THAT(Samples(id), ElementsAre("15 early", "30 second"));
}

TEST_F(RewindTest, AWatcherIsToldWhatIsKeptOfTheStep) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 30).Checkpoint(30, "full").Take());
  const int64_t checkpoint = *store_->LastSequence(id);
  GoOn(id, 2);
  EXPECT_THAT(Marks(id), IsEmpty());
  AppendAndFlush(id, 2, BatchMaker().Sample(30, "second").Take());
  GoOn(id, 3);
  ASSERT_EQ(Marks(id).size(), 1u);
  EXPECT_EQ(Marks(id)[0].mark().kind(), "rewind");
  EXPECT_EQ(Marks(id)[0].mark().step(), 30);
  EXPECT_EQ(Marks(id)[0].mark().kept_sequence(), checkpoint);
  EXPECT_THAT(Marks(id)[0].mark().text(),
              HasSubstr("goes on from step 30; it was still at step 30"));
  // Nothing new, nothing to say.
  GoOn(id, 4);
  EXPECT_EQ(Marks(id).size(), 1u);
}

// A farewell before the sample of its step, a run from it that is killed before its next
// checkpoint, and another one.
TEST_F(RewindTest, TwoRunsFromOneCheckpointShowTheSampleOfItsStepOnce) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 300).Take());
  ASSERT_TRUE(store_->BeginAttempt(id, 2, -1).ok());
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Steps(1, 300).Checkpoint(300, "full").Take());
  for (int64_t attempt : {3, 4, 5}) {
    GoOn(id, attempt);
    EXPECT_THAT(Samples(id), IsEmpty());
    const std::string text = "of attempt " + std::to_string(attempt);
    AppendAndFlush(id, attempt,
                   BatchMaker().DeclareUsual().Sample(300, text).Steps(301, 350).Take());
    EXPECT_THAT(Samples(id), ElementsAre("300 " + text));
  }
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").steps.size(), 350u);
}

// The attempt goes on after a clean stop of labd: the step's sample then comes behind a checkpoint
// of its own attempt.
TEST_F(RewindTest, AnAttemptThatWentOnIsCutAtItsOwnCheckpoint) {
  int64_t id = RunningJob();
  BatchMaker maker;
  AppendAndFlush(id, 1, maker.DeclareUsual().Steps(1, 30).Checkpoint(30, "full").Take());
  AppendAndFlush(id, 1, maker.Sample(30, "first").Steps(31, 35).Take());
  GoOn(id, 2);
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Sample(30, "second").Take());
  EXPECT_THAT(Samples(id), ElementsAre("30 second"));
}

TEST_F(RewindTest, APauseAtTheSameStepKeepsItsSample) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 30).Checkpoint(30, "full").Take());
  GoOn(id, 2);
  AppendAndFlush(id, 2, BatchMaker().Sample(30, "second").Checkpoint(30, "full").Take());
  GoOn(id, 3);
  GoOn(id, 4);
  EXPECT_THAT(Samples(id), ElementsAre("30 second"));
  EXPECT_THAT(Marks(id), IsEmpty());
  // Attempt 1's part of that step is older than both records of the checkpoint.
  EXPECT_EQ(ReadAll(*store_, id, "train/loss").raw_count, 30);
}

TEST_F(RewindTest, ALaterRecordOfTheStepDoesNotBringBackWhatWasSuperseded) {
  int64_t id = RunningJob();
  BatchMaker first;
  AppendAndFlush(
      id, 1, first.DeclareUsual().Checkpoint(30, "full").Sample(30, "first").Steps(31, 33).Take());
  GoOn(id, 2);
  AppendAndFlush(id, 2, BatchMaker().Sample(30, "second").Checkpoint(30, "full").Take());
  GoOn(id, 3);
  EXPECT_THAT(Samples(id), ElementsAre("30 second"));
}

TEST_F(RewindTest, PointsOfTheStepAreCutInsideAChunk) {
  int64_t id = RunningJob();
  BatchMaker maker;
  maker.DeclareUsual().Point(1, 10, 0.4).Point(1, 20, 0.5).Checkpoint(20, "full");
  maker.Point(1, 20, 0.9);
  AppendAndFlush(id, 1, maker.Take());
  EXPECT_EQ(FindSummary(Get(id), "val/accuracy")->best(), 0.9);
  GoOn(id, 2);
  EXPECT_THAT(ReadAll(*store_, id, "val/accuracy").values, ElementsAre(0.4, 0.5));
  EXPECT_EQ(FindSummary(Get(id), "val/accuracy")->best(), 0.5);
  EXPECT_EQ(FindSummary(Get(id), "val/accuracy")->last(), 0.5);
  EXPECT_EQ(Marks(id).size(), 1u);
  AppendAndFlush(id, 2, BatchMaker().DeclareUsual().Point(1, 20, 0.8).Take());
  EXPECT_THAT(ReadAll(*store_, id, "val/accuracy").values, ElementsAre(0.4, 0.5, 0.8));
  EXPECT_EQ(FindSummary(Get(id), "val/accuracy")->best(), 0.8);
  EXPECT_THAT(ReadAll(*store_, id, "val/accuracy", 0, true).values,
              ElementsAre(0.4, 0.5, 0.9, 0.8));
}

TEST_F(RewindTest, AWholeChunkOfOneStepIsHidden) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Checkpoint(20, "full").Take());
  AppendAndFlush(id, 1, BatchMaker(2).Point(1, 20, 0.9).Take());
  GoOn(id, 2);
  EXPECT_THAT(ReadAll(*store_, id, "val/accuracy").values, IsEmpty());
  EXPECT_EQ(FindSummary(Get(id), "val/accuracy"), nullptr);
}

// A database of before it was noted what an attempt went on from: it shows what it showed.
TEST_F(RewindTest, AnOldDatabaseKeepsWhatItShows) {
  store_.reset();
  const std::string old = (folder_.path() / "old.db").string();
  {
    auto database = Database::Open(old, Database::Mode::kWrite);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(Migrate(database->get(), {SchemaSteps().begin(), SchemaSteps().begin() + 4}).ok());
    ASSERT_TRUE((*database)
                    ->Script("INSERT INTO jobs(name, type, state, position, seed, created_ms, "
                             "attempt, last_sequence) VALUES ('old', 'pretrain', 4, 1, 1, 0, 2, 4);"
                             "INSERT INTO job_texts VALUES (1, '', '', '', '[]', '', 'seed: 7');"
                             "INSERT INTO attempts VALUES (1, 1, -1, 3), (1, 2, 30, 1);"
                             "INSERT INTO checkpoints VALUES (1, 'step-000030', 30, 1, 'full', 9, "
                             "'', 0)")
                    .ok());
    v1::Checkpoint checkpoint;
    checkpoint.set_name("step-000030");
    checkpoint.set_step(30);
    auto add = [&](int64_t sequence, int64_t attempt, const char* kind, int64_t step,
                   const std::string& data) {
      Statement insert = (*database)->Query("INSERT INTO events VALUES (1, ?, ?, ?, ?, ?, 0, ?)",
                                            sequence, attempt, sequence, kind, step);
      ASSERT_TRUE(insert.BindBlob(data).Run().ok());
    };
    auto sample = [](int64_t step, const char* text) {
      v1::Sample made;
      made.set_step(step);
      made.set_text(text);
      return made.SerializeAsString();
    };
    add(1, 1, "checkpoint", 30, checkpoint.SerializeAsString());
    add(2, 1, "sample", 30, sample(30, "first"));
    add(3, 1, "sample", 40, sample(40, "beyond"));
    add(4, 2, "sample", 40, sample(40, "again"));
  }
  auto opened = Store::Open(old, &bus_, &clock_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
  EXPECT_THAT(Samples(1), ElementsAre("30 first", "40 again"));
  // A farewell in that place was taken in, or is none that this labd could know of.
  EXPECT_TRUE(*store_->KnowsTrainer(1, "step-000030", "any"));
  // From here on it is noted.
  GoOn(1, 3);
  EXPECT_THAT(Samples(1), IsEmpty());
  AppendAndFlush(1, 3, BatchMaker().Sample(30, "third").Checkpoint(30, "full").Take());
  EXPECT_FALSE(*store_->KnowsTrainer(1, "step-30", "any"));
}

// --- checkpoints that labd did not hear of

TEST_F(RewindTest, AFarewellInThePlaceOfAKnownCheckpointIsTakenIn) {
  int64_t id = RunningJob();
  LeaveFolder(id, 30, "ordinary", "");
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 30).Take());
  RecordedCheckpoint record;
  record.checkpoint.set_name("step-000030");
  record.checkpoint.set_step(30);
  record.checkpoint.set_kind("full");
  record.trainer_sha256 = *Sha256File(CheckpointPath(id, 30) / "trainer" / "manifest.json");
  WorkerEvent event;
  event.number = 31;
  event.step = 30;
  event.data = record;
  WorkerBatch batch;
  batch.items.emplace_back(event);
  batch.event_count = 1;
  batch.last_number = 31;
  AppendAndFlush(id, 1, std::move(batch));
  const int64_t before = *store_->LastSequence(id);
  ASSERT_TRUE(TakeInFarewells(*store_, places(), id).ok());
  EXPECT_EQ(*store_->LastSequence(id), before);

  // Attempt 2 makes the sample of step 30; labd dies before it is committed, and attempt 3 will
  // find in the folder that the sample is done.
  GoOn(id, 2);
  LeaveFolder(id, 30, "with its sample", DeclareFrame() + SampleFrame(1, 30, "second"));
  ASSERT_TRUE(TakeInFarewells(*store_, places(), id).ok());
  EXPECT_THAT(Samples(id), ElementsAre("30 second"));
  GoOn(id, 3);
  GoOn(id, 4);
  EXPECT_THAT(Samples(id), ElementsAre("30 second"));
  EXPECT_THAT(Marks(id), IsEmpty());
  // Once is enough, although another attempt's numbers begin anew.
  const int64_t after = *store_->LastSequence(id);
  ASSERT_TRUE(TakeInFarewells(*store_, places(), id).ok());
  EXPECT_EQ(*store_->LastSequence(id), after);
}

TEST_F(RewindTest, AFarewellOfAnEarlierAttemptIsNone) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 4).Checkpoint(2, "full").Take());
  GoOn(id, 2);
  const std::string declare =
      EncodeFrame({{"type", "declare"}, {"attempt", 1}, {"metrics", nlohmann::json::array()}});
  LeaveFolder(id, 4, "of attempt 1", declare + SampleFrame(1, 4, "stale"));
  ASSERT_TRUE(TakeInFarewells(*store_, places(), id).ok());
  EXPECT_THAT(Samples(id), IsEmpty());
  EXPECT_EQ((*store_->NewestFullCheckpoint(id))->step(), 2);
}

TEST_F(RewindTest, AFarewellInThePlaceOfWeightsIsTakenIn) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1, BatchMaker().DeclareUsual().Steps(1, 4).Checkpoint(4, "weights").Take());
  LeaveFolder(id, 4, "full now", DeclareFrame());
  ASSERT_TRUE(TakeInFarewells(*store_, places(), id).ok());
  auto newest = store_->NewestFullCheckpoint(id);
  ASSERT_TRUE(newest.ok() && *newest);
  EXPECT_EQ((*newest)->step(), 4);
}

}  // namespace
}  // namespace lab
