#include "gui/models/job_store.h"

#include <QSignalSpy>

#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

class JobStoreTest : public LabFixture {
 protected:
  JobStoreTest() {
    fake_.AddJob(1, v1::Job::SUCCEEDED);
    fake_.AddJob(2, v1::Job::SUCCEEDED);
  }

  // So many more words of labd.
  bool hear(int words) {
    QSignalSpy heard(&lab_.session, &LabSession::systemChanged);
    return until([&] { return heard.count() >= words; });
  }
  // How often jobs were listed since the last time; a page of a listing is no listing of its own.
  size_t listings() {
    std::lock_guard lock(fake_.mutex);
    size_t count = 0;
    for (const v1::ListJobsRequest& request : fake_.listed) count += request.page_token().empty();
    fake_.listed.clear();
    return count;
  }
  // Waits until no answer is awaited: what came with the link has been asked for.
  void settle() {
    ASSERT_TRUE(until([this] { return lab_.jobs.loaded(); }));
    ASSERT_TRUE(hear(2));
    listings();
  }
};

TEST_F(JobStoreTest, AsksNothingWhileNothingChanges) {
  connectLab();
  settle();
  ASSERT_TRUE(hear(3));
  EXPECT_EQ(listings(), 0u);
}

TEST_F(JobStoreTest, ALinkIsOneListing) {
  connectLab();
  ASSERT_TRUE(hear(2));
  EXPECT_EQ(listings(), 1u);
}

TEST_F(JobStoreTest, AsksForTheActiveOnesWhileOneRuns) {
  fake_.AddJob(1, v1::Job::RUNNING);  // active ones are listed first
  connectLab();
  settle();
  const auto step = [this] { return lab_.jobs.find(1)->progress().step(); };
  for (int64_t wanted : {10, 20}) {
    {
      std::lock_guard lock(fake_.mutex);
      fake_.jobs[1].mutable_progress()->set_step(wanted);
    }
    ASSERT_TRUE(until([&] { return step() == wanted; }));
  }
  std::lock_guard lock(fake_.mutex);
  ASSERT_EQ(fake_.listed.size(), 2u);
  for (const v1::ListJobsRequest& request : fake_.listed) EXPECT_GT(request.states_size(), 0);
}

TEST_F(JobStoreTest, HearsOfNewEndedAndRemovedJobs) {
  connectLab();
  settle();
  {
    std::lock_guard lock(fake_.mutex);
    fake_.AddJob(3, v1::Job::RUNNING);
  }
  ASSERT_TRUE(until([this] { return lab_.jobs.find(3) != nullptr; }));
  QSignalSpy ended(&lab_.jobs, &JobStore::ended);
  {
    std::lock_guard lock(fake_.mutex);
    fake_.jobs[3].set_state(v1::Job::SUCCEEDED);
  }
  ASSERT_TRUE(until([&] { return ended.count() == 1; }));
  {
    std::lock_guard lock(fake_.mutex);
    fake_.jobs.erase(1);
  }
  ASSERT_TRUE(until([this] { return lab_.jobs.find(1) == nullptr; }));
}

TEST_F(JobStoreTest, HearsThatAnEndedJobWasRenamedByOthers) {
  connectLab();
  settle();
  {
    std::lock_guard lock(fake_.mutex);
    fake_.jobs[2].set_note("a note");
  }
  ASSERT_TRUE(until([this] { return lab_.jobs.find(2)->note() == "a note"; }));
  ASSERT_TRUE(hear(2));
  listings();
  ASSERT_TRUE(hear(2));
  EXPECT_EQ(listings(), 0u);
}

TEST_F(JobStoreTest, ListsAgainWhenTheLinkIsMended) {
  connectLab();
  settle();
  fake_.Stop();
  ASSERT_TRUE(until([this] { return !lab_.session.connected(); }));
  // Another labd, whose count happens to be the same.
  fake_.system.set_jobs_revision(lab_.session.system()->jobs_revision());
  fake_.jobs[1].set_note("while nobody listened");
  fake_.Start();
  ASSERT_TRUE(until([this] { return lab_.jobs.find(1)->note() == "while nobody listened"; }));
}

}  // namespace
}  // namespace lab::gui
