#include "gui/models/checkpoint_store.h"

#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

class CheckpointStoreTest : public LabFixture {
 protected:
  CheckpointStoreTest() {
    v1::Job& job = fake_.AddJob(12, v1::Job::SUCCEEDED);
    addCheckpoint(&job, 100);
    addCheckpoint(&job, 200);
    addCheckpoint(&job, 250);
    fake_.AddJob(13, v1::Job::QUEUED);
    fake_.val_losses = {{100, 2.0}, {200, 1.5}, {300, 1.0}};
  }

  static void addCheckpoint(v1::Job* job, int64_t step) {
    v1::Checkpoint& checkpoint = *job->add_checkpoints();
    checkpoint.set_step(step);
    checkpoint.set_kind("full");
    checkpoint.set_name("step-" + std::to_string(step));
  }

  bool load() {
    lab_.checkpoints.refresh();
    return until([this] { return lab_.checkpoints.loaded(); });
  }
};

TEST_F(CheckpointStoreTest, KnowsLossBestAndFinal) {
  connectLab();
  ASSERT_TRUE(load());
  ASSERT_EQ(lab_.checkpoints.all().size(), 1u);
  const std::vector<KnownCheckpoint>& list = lab_.checkpoints.all().at(12);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].loss, 2.0);
  EXPECT_EQ(list[1].loss, 1.5);
  EXPECT_FALSE(list[2].loss.has_value());  // not evaluated at 250: not measured, not 0
  EXPECT_TRUE(list[1].best);
  EXPECT_FALSE(list[0].best);
  EXPECT_TRUE(list[2].final);
}

TEST_F(CheckpointStoreTest, UnderstandsReferences) {
  connectLab();
  ASSERT_TRUE(load());
  auto step = [this](const char* reference) -> int64_t {
    const KnownCheckpoint* known = lab_.checkpoints.find(reference);
    return known == nullptr ? -1 : known->checkpoint.step();
  };
  EXPECT_EQ(step("12"), 250);
  EXPECT_EQ(step("12@200"), 200);
  EXPECT_EQ(step("12@best"), 200);
  EXPECT_EQ(step("12@final"), 250);
  EXPECT_EQ(step("12@1"), -1);
  EXPECT_EQ(step("13"), -1);
  EXPECT_EQ(step("12x"), -1);
  EXPECT_EQ(step("/models/12"), -1);
  EXPECT_EQ(step(""), -1);
}

TEST_F(CheckpointStoreTest, AsksAgainOnlyForJobsThatWentOn) {
  connectLab();
  ASSERT_TRUE(load());
  {
    std::lock_guard lock(fake_.mutex);
    ASSERT_EQ(fake_.listed_checkpoints.size(), 1u);  // of all jobs at once
    fake_.listed_checkpoints.clear();
    v1::Job& job = fake_.AddJob(14, v1::Job::SUCCEEDED);
    job.mutable_progress()->set_step(10);
    addCheckpoint(&job, 10);
  }
  lab_.jobs.refresh();
  ASSERT_TRUE(until([this] { return lab_.jobs.find(14) != nullptr; }));
  lab_.checkpoints.refresh();
  ASSERT_TRUE(until([this] { return lab_.checkpoints.all().contains(14); }));
  std::lock_guard lock(fake_.mutex);
  ASSERT_EQ(fake_.listed_checkpoints.size(), 1u);
  EXPECT_THAT(fake_.listed_checkpoints[0].job_ids(), ::testing::ElementsAre(14));
  EXPECT_TRUE(fake_.read_metrics.empty());
}

TEST_F(CheckpointStoreTest, ForgetsTheOnesThatWereDeleted) {
  connectLab();
  ASSERT_TRUE(load());
  {
    std::lock_guard lock(fake_.mutex);
    fake_.jobs[12].clear_checkpoints();
  }
  lab_.checkpoints.refresh();  // the job reads as before: nothing is asked
  EXPECT_EQ(lab_.checkpoints.all().size(), 1u);
  lab_.checkpoints.refresh(/*everything=*/true);
  ASSERT_TRUE(until([this] { return lab_.checkpoints.all().empty(); }));
}

TEST_F(CheckpointStoreTest, AsksAgainWhenTheLinkIsMended) {
  connectLab();
  ASSERT_TRUE(load());
  fake_.Stop();
  ASSERT_TRUE(until([this] { return !lab_.session.connected(); }));
  EXPECT_EQ(lab_.checkpoints.all().size(), 1u);  // what is known stays
  {
    std::lock_guard lock(fake_.mutex);
    addCheckpoint(&fake_.jobs[12], 400);
  }
  fake_.Start();
  ASSERT_TRUE(until([this] { return lab_.session.connected() && lab_.checkpoints.loaded(); }));
  EXPECT_EQ(lab_.checkpoints.all().at(12).size(), 4u);
}

}  // namespace
}  // namespace lab::gui
