// The checkpoints of many jobs at once, with the loss measured at each.

#include "daemon/store/checkpoint_reader.h"

#include <chrono>
#include <optional>

#include <gmock/gmock.h>

#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

class CheckpointReaderTest : public StoreTest {
 protected:
  static BatchMaker WithLoss(int64_t first = 1) {
    BatchMaker maker(first);
    maker.Declare({{0, "train/loss", "nats", "min"}, {1, "val/loss", "nats", "min"}});
    return maker;
  }
  std::vector<CheckpointsOfJob> List(const std::vector<int64_t>& ids = {}) {
    auto jobs = store_->ListCheckpoints(ids);
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    return jobs.ok() ? *std::move(jobs) : std::vector<CheckpointsOfJob>();
  }
  static std::vector<int64_t> Steps(const CheckpointsOfJob& job) {
    std::vector<int64_t> steps;
    for (const auto& one : job.checkpoints) steps.push_back(one.checkpoint().step());
    return steps;
  }
  static std::optional<double> Loss(const v1::MeasuredCheckpoint& one) {
    return one.has_val_loss() ? std::optional<double>(one.val_loss()) : std::nullopt;
  }
};

TEST_F(CheckpointReaderTest, GivesEachItsOwnLossAndNoOther) {
  int64_t first = RunningJob();
  int64_t bare = RunningJob();
  int64_t second = RunningJob();
  AppendAndFlush(first, 1,
                 WithLoss()
                     .Point(0, 20, 9.0)
                     .Point(1, 10, 2.5)
                     .Point(1, 20, 1.5)
                     .Checkpoint(20, "full")
                     .Checkpoint(10, "weights")
                     .Checkpoint(25, "full")
                     .Take());
  AppendAndFlush(bare, 1, WithLoss().Point(1, 10, 0.1).Take());
  AppendAndFlush(second, 1,
                 BatchMaker().DeclareUsual().Point(0, 10, 7.0).Checkpoint(10, "full").Take());
  std::vector<CheckpointsOfJob> jobs = List();
  ASSERT_EQ(jobs.size(), 2u);  // a job without checkpoints has no element
  EXPECT_EQ(jobs[0].job, first);
  EXPECT_EQ(jobs[0].state, v1::Job::RUNNING);
  EXPECT_THAT(Steps(jobs[0]), ElementsAre(10, 20, 25));
  EXPECT_THAT(Loss(jobs[0].checkpoints[0]), Optional(2.5));
  EXPECT_THAT(Loss(jobs[0].checkpoints[1]), Optional(1.5));
  EXPECT_EQ(Loss(jobs[0].checkpoints[2]), std::nullopt);  // none was measured at 25
  EXPECT_EQ(jobs[0].checkpoints[0].checkpoint().kind(), "weights");
  EXPECT_EQ(jobs[0].checkpoints[1].checkpoint().size_bytes(), 1020);
  EXPECT_EQ(jobs[1].job, second);
  EXPECT_EQ(Loss(jobs[1].checkpoints.at(0)), std::nullopt);  // train/loss is not it
}

TEST_F(CheckpointReaderTest, GivesThoseThatWereAskedFor) {
  std::vector<int64_t> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(RunningJob());
    AppendAndFlush(ids.back(), 1, WithLoss().Point(1, 5, i).Checkpoint(5, "full").Take());
  }
  std::vector<CheckpointsOfJob> jobs = List({ids[2], 4711, ids[0]});
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].job, ids[0]);
  EXPECT_EQ(jobs[1].job, ids[2]);
  EXPECT_THAT(Loss(jobs[1].checkpoints[0]), Optional(2.0));
  EXPECT_THAT(List({4711}), IsEmpty());
}

TEST_F(CheckpointReaderTest, ALossThatWasRewoundIsNotMeasured) {
  int64_t id = RunningJob();
  AppendAndFlush(id, 1,
                 WithLoss()
                     .Checkpoint(10, "full")
                     .Point(1, 10, 3.0)
                     .Point(1, 20, 1.0)
                     .Checkpoint(20, "full")
                     .Take());
  // It goes on from the record of step 10: the validation at 10 comes again, that at 20 may not.
  ASSERT_TRUE(store_->BeginAttempt(id, 2, 10).ok());
  auto jobs = List();
  EXPECT_EQ(Loss(jobs.at(0).checkpoints.at(0)), std::nullopt);
  EXPECT_EQ(Loss(jobs.at(0).checkpoints.at(1)), std::nullopt);
  AppendAndFlush(id, 2, WithLoss().Point(1, 10, 2.0).Take());
  jobs = List();
  EXPECT_THAT(Loss(jobs.at(0).checkpoints.at(0)), Optional(2.0));
  EXPECT_EQ(Loss(jobs.at(0).checkpoints.at(1)), std::nullopt);
}

TEST_F(CheckpointReaderTest, AThousandJobsAreQuick) {
  constexpr int kJobs = 1000, kCheckpoints = 10, kEvaluations = 50;
  std::vector<NewJob> wanted(kJobs, PlainJob());
  auto created = store_->CreateJobs(wanted, "", "");
  ASSERT_TRUE(created.ok());
  for (int64_t id : created->ids) {
    ASSERT_TRUE(store_->BeginAttempt(id, 1, -1).ok());
    BatchMaker maker = WithLoss();
    for (int i = 1; i <= kEvaluations; ++i) maker.Point(1, i, 1.0 / i);
    for (int i = 1; i <= kCheckpoints; ++i) maker.Checkpoint(i, "full");
    store_->Append(id, 1, maker.Take());
  }
  ASSERT_TRUE(store_->Flush().ok());
  auto start = std::chrono::steady_clock::now();
  std::vector<CheckpointsOfJob> jobs = List();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("[          ] %.1f ms\n", seconds * 1000);
  ASSERT_EQ(jobs.size(), static_cast<size_t>(kJobs));
  EXPECT_EQ(jobs[999].checkpoints.size(), static_cast<size_t>(kCheckpoints));
  EXPECT_THAT(Loss(jobs[999].checkpoints[9]), Optional(0.1));
  EXPECT_LT(seconds, 2.0);  // 0.05 on a quiet machine, asserted loosely
}

}  // namespace
}  // namespace lab
