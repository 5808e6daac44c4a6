// The scheduler over a real store: who waits for whom, and what a person does with the queue.

#include <map>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/strings.h"
#include "daemon/scheduler/scheduler.h"
#include "tests/daemon/store_fixture.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Job = v1::Job;

// Records in the store; workers that do nothing.
class StoredOutside : public Scheduler::Delegate {
 public:
  explicit StoredOutside(Store* store) : store_(store) {}
  absl::StatusOr<CreatedJobs> CreateJobs(const std::vector<NewJob>& jobs, const std::string& group,
                                         const std::string& request) override {
    return store_->CreateJobs(jobs, group, request);
  }
  absl::StatusOr<Job> GetJob(int64_t job) override { return store_->GetJob(job); }
  absl::StatusOr<JobRecord> GetJobRecord(int64_t job) override { return store_->GetJobRecord(job); }
  absl::StatusOr<std::vector<JobRecord>> JobsInState(const std::vector<JobState>& states) override {
    return store_->JobsInState(states);
  }
  absl::StatusOr<std::vector<JobRecord>> NextQueued() override { return store_->NextQueued(); }
  absl::StatusOr<std::vector<JobRecord>> MisplacedJobs() override {
    return store_->MisplacedJobs();
  }
  absl::Status ArrangeJobs(const std::vector<int64_t>& jobs, QueuePlace place,
                           int64_t before) override {
    return store_->ArrangeJobs(jobs, place, before);
  }
  absl::Status UpdateJob(int64_t job, const JobChange& change) override {
    return store_->UpdateJob(job, change);
  }
  void UpdateJobEventually(int64_t job, const JobChange& change) override {
    store_->UpdateJobEventually(job, change);
  }
  absl::Status Flush() override { return store_->Flush(); }
  absl::StatusOr<std::optional<v1::Checkpoint>> NewestFullCheckpoint(int64_t job) override {
    return store_->NewestFullCheckpoint(job);
  }
  absl::StatusOr<int64_t> LastWorkerNumber(int64_t job, int64_t attempt) override {
    return store_->LastWorkerNumber(job, attempt);
  }
  absl::Status BeginAttempt(int64_t job, int64_t attempt, int64_t step) override {
    return store_->BeginAttempt(job, attempt, step);
  }
  absl::Status AddChanges(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                          const std::string& resolved) override {
    return store_->AddChanges(job, after, changes, resolved);
  }
  void ChangeWorker(int64_t, const std::vector<v1::Change>&) override {}
  absl::StatusOr<int64_t> RemoveJob(int64_t job) override {
    RETURN_IF_ERROR(store_->RemoveJob(job));
    return 0;
  }
  absl::Status PrepareFolder(int64_t) override { return absl::OkStatus(); }
  absl::Status StartWorker(int64_t, int64_t, int64_t, const std::string&) override {
    return absl::OkStatus();
  }
  void StopWorker(int64_t, StopMode) override {}
  void CheckpointWorker(int64_t) override {}
  std::string Trouble() override { return ""; }

 private:
  Store* const store_;
};

class QueueTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    Restart();
  }
  void TearDown() override { scheduler_.reset(); }
  // As another labd with the same home.
  void Restart() {
    scheduler_.reset();
    Open();
    outside_ = std::make_unique<StoredOutside>(store_.get());
    scheduler_ = std::make_unique<Scheduler>(Scheduler::Options(), outside_.get());
    auto orphans = scheduler_->Start();
    ASSERT_TRUE(orphans.ok()) << orphans.status();
    for (int64_t job : *orphans) scheduler_->Recovered(job);
    Settle();
    Settle();
  }
  int64_t Submit(std::vector<NewDependency> dependencies = {}, bool hold = false) {
    NewJob job = PlainJob();
    job.dependencies = std::move(dependencies);
    job.hold = hold;
    auto created = scheduler_->Create({job}, "", "");
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? created->ids.at(0) : 0;
  }
  void Settle() { EXPECT_FALSE(scheduler_->Checkpoint(-1).ok()); }  // queued behind all news
  void End(int64_t job, const std::string& outcome) {
    scheduler_->JobEnded(job, Get(job).attempt(), {outcome, 0, "TEST", "because"});
    Settle();
    Settle();
  }
  JobState StateOf(int64_t job) { return Get(job).state(); }
  std::vector<int64_t> Order() {
    std::vector<int64_t> ids;
    auto page = store_->ListJobs({});
    EXPECT_TRUE(page.ok()) << page.status();
    for (const Job& job : page->jobs) ids.push_back(job.id());
    return ids;
  }

  std::unique_ptr<StoredOutside> outside_;
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(QueueTest, AJobStartsAfterTheSuccessItWaitsFor) {
  int64_t first = Submit();
  int64_t second = Submit({{first, false}});
  int64_t third = Submit();
  EXPECT_EQ(StateOf(first), Job::RUNNING);
  EXPECT_EQ(StateOf(second), Job::QUEUED);
  End(first, "succeeded");
  EXPECT_EQ(StateOf(second), Job::RUNNING);
  EXPECT_EQ(StateOf(third), Job::QUEUED);
}

TEST_F(QueueTest, WhoMayStartOvertakesWhoWaits) {
  int64_t held = Submit({}, true);
  int64_t second = Submit({{held, false}});
  int64_t third = Submit();
  Settle();
  EXPECT_EQ(StateOf(second), Job::QUEUED);
  EXPECT_EQ(StateOf(third), Job::RUNNING);
}

TEST_F(QueueTest, AFailureHoldsWhoWaitedForSuccessAndStartsWhoWaitedForTheEnd) {
  int64_t first = Submit();
  int64_t success = Submit({{first, false}});
  int64_t end = Submit({{first, true}});
  int64_t chained = Submit({{success, false}});
  End(first, "failed");
  Job held = Get(success);
  EXPECT_EQ(held.state(), Job::HELD);
  EXPECT_EQ(held.error().reason(), "DEPENDENCY_FAILED");
  EXPECT_THAT(held.error().message(), HasSubstr(StrCat("job ", first)));
  EXPECT_THAT(held.error().message(), HasSubstr(StrCat("labctl release ", success)));
  EXPECT_EQ(StateOf(end), Job::RUNNING);
  // Who waits for the held one just waits on.
  EXPECT_EQ(StateOf(chained), Job::QUEUED);
  EXPECT_EQ(scheduler_->Release(success)->state(), Job::QUEUED);
  End(end, "succeeded");
  EXPECT_EQ(StateOf(success), Job::RUNNING);
  EXPECT_FALSE(Get(success).has_error());
  End(success, "succeeded");
  EXPECT_EQ(StateOf(chained), Job::RUNNING);
}

TEST_F(QueueTest, ACancelledDependencyCountsAsFailed) {
  int64_t first = Submit();
  int64_t second = Submit();
  int64_t success = Submit({{second, false}});
  int64_t end = Submit({{second, true}});
  // Shown with the answer, not at some later time.
  EXPECT_EQ(scheduler_->Cancel(second)->state(), Job::CANCELLED);
  EXPECT_EQ(StateOf(success), Job::HELD);
  EXPECT_EQ(StateOf(end), Job::QUEUED);
  End(first, "succeeded");
  EXPECT_EQ(StateOf(end), Job::RUNNING);
}

TEST_F(QueueTest, AResumedDependencyIsWaitedForAgain) {
  int64_t first = Submit();
  int64_t second = Submit({{first, false}});
  End(first, "failed");
  EXPECT_EQ(StateOf(second), Job::HELD);
  EXPECT_EQ(scheduler_->Resume(first)->state(), Job::RUNNING);
  EXPECT_EQ(StateOf(second), Job::QUEUED);
  EXPECT_FALSE(Get(second).has_error());
  EXPECT_EQ(Get(second).dependencies(0).standing(), v1::Dependency::WAITING);
  End(first, "succeeded");
  EXPECT_EQ(StateOf(second), Job::RUNNING);
}

TEST_F(QueueTest, APersonsHoldOutlastsTheDependency) {
  int64_t first = Submit();
  int64_t second = Submit({{first, false}});
  EXPECT_EQ(scheduler_->Hold(second)->state(), Job::HELD);
  End(first, "failed");
  EXPECT_FALSE(Get(second).has_error());
  ASSERT_TRUE(scheduler_->Resume(first).ok());
  EXPECT_EQ(StateOf(second), Job::HELD);
  End(first, "failed");
  // A release meets the broken dependency; a second one waives it.
  Job released = *scheduler_->Release(second);
  EXPECT_EQ(released.state(), Job::HELD);
  EXPECT_EQ(released.error().reason(), "DEPENDENCY_FAILED");
  EXPECT_EQ(scheduler_->Release(second)->state(), Job::RUNNING);
}

TEST_F(QueueTest, AWaivedDependencyStaysWaived) {
  int64_t first = Submit();
  int64_t other = Submit();
  int64_t second = Submit({{first, false}, {other, false}});
  End(first, "failed");
  EXPECT_EQ(scheduler_->Release(second)->state(), Job::QUEUED);
  Restart();
  EXPECT_EQ(StateOf(second), Job::QUEUED);  // `other` runs
  EXPECT_EQ(Get(second).dependencies(0).standing(), v1::Dependency::WAIVED);
  End(other, "succeeded");
  EXPECT_EQ(StateOf(second), Job::RUNNING);
}

TEST_F(QueueTest, ADependencyOnWhatHasEndedIsSettledAtOnce) {
  int64_t good = Submit();
  End(good, "succeeded");
  int64_t bad = Submit();
  End(bad, "failed");
  EXPECT_EQ(StateOf(Submit({{bad, false}})), Job::HELD);
  EXPECT_EQ(StateOf(Submit({{good, false}, {bad, true}})), Job::RUNNING);
  NewJob nowhere = PlainJob();
  nowhere.dependencies = {{99, true}};
  EXPECT_EQ(scheduler_->Create({nowhere}, "", "").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(QueueTest, ARemovedDependencyIsSettledByHowItStood) {
  int64_t held = Submit({}, true);
  int64_t success = Submit({{held, false}});
  int64_t end = Submit({{held, true}});
  ASSERT_TRUE(scheduler_->Remove(held).ok());
  EXPECT_EQ(StateOf(success), Job::HELD);
  EXPECT_THAT(Get(success).error().message(), HasSubstr("was removed"));
  EXPECT_EQ(StateOf(end), Job::RUNNING);
  EXPECT_EQ(scheduler_->Release(success)->state(), Job::QUEUED);
}

TEST_F(QueueTest, ARestartLosesNoDependency) {
  int64_t first = Submit();
  int64_t second = Submit({{first, false}});
  Restart();
  EXPECT_EQ(StateOf(first), Job::RUNNING);
  EXPECT_EQ(StateOf(second), Job::QUEUED);
  // The end is written down, and labd dies before it looks at the dependants.
  scheduler_.reset();
  JobChange failed;
  failed.state = Job::FAILED;
  ASSERT_TRUE(store_->UpdateJob(first, failed).ok());
  EXPECT_EQ(StateOf(second), Job::QUEUED);
  Restart();
  EXPECT_EQ(StateOf(second), Job::HELD);
  EXPECT_EQ(Get(second).error().reason(), "DEPENDENCY_FAILED");
}

TEST_F(QueueTest, CancellingAHeldDependantForgetsWhyItWasHeld) {
  int64_t first = Submit();
  int64_t second = Submit({{first, false}});
  End(first, "failed");
  Job cancelled = *scheduler_->Cancel(second);
  EXPECT_EQ(cancelled.state(), Job::CANCELLED);
  EXPECT_FALSE(cancelled.has_error());
  EXPECT_EQ(scheduler_->Resume(second)->state(), Job::HELD);
}

TEST_F(QueueTest, EditsWhatAPersonCallsAJobInAnyState) {
  int64_t running = Submit();
  JobEdit edit;
  edit.name = "a better name";
  edit.note = "look again";
  edit.add_tags = {"good", "paper", "good"};
  edit.priority = -3;
  Job job = *scheduler_->Edit(running, edit);
  EXPECT_EQ(job.name(), "a better name");
  EXPECT_EQ(job.note(), "look again");
  EXPECT_EQ(job.priority(), -3);
  EXPECT_THAT(job.tags(), ElementsAre("good", "paper"));
  EXPECT_EQ(job.state(), Job::RUNNING);
  JobEdit less;
  less.remove_tags = {"good", "unknown"};
  less.note = "";
  job = *scheduler_->Edit(running, less);
  EXPECT_THAT(job.tags(), ElementsAre("paper"));
  EXPECT_EQ(job.note(), "");
  EXPECT_EQ(job.name(), "a better name");
  EXPECT_EQ(scheduler_->Edit(99, less).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(QueueTest, ANewPriorityChangesWhoIsNext) {
  int64_t running = Submit();
  int64_t second = Submit();
  int64_t third = Submit();
  JobEdit urgent;
  urgent.priority = 1;
  ASSERT_TRUE(scheduler_->Edit(third, urgent).ok());
  EXPECT_THAT(Order(), ElementsAre(running, third, second));
  End(running, "succeeded");
  EXPECT_EQ(StateOf(third), Job::RUNNING);
}

TEST_F(QueueTest, MovesOnlyWhatIsInTheQueue) {
  int64_t running = Submit();
  int64_t second = Submit();
  int64_t third = Submit({}, true);
  int64_t fourth = Submit();
  auto moved = scheduler_->Arrange({fourth, third}, QueuePlace::kBefore, second);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->at(0).id(), fourth);
  EXPECT_THAT(Order(), ElementsAre(running, fourth, third, second));
  auto code = [&](std::vector<int64_t> ids, QueuePlace place, int64_t before = 0) {
    return scheduler_->Arrange(std::move(ids), place, before).status().code();
  };
  EXPECT_EQ(code({running}, QueuePlace::kTop), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code({second, 99}, QueuePlace::kTop), absl::StatusCode::kNotFound);
  EXPECT_EQ(code({second}, QueuePlace::kBefore, running), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code({second}, QueuePlace::kBefore, second), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({second, second}, QueuePlace::kTop), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({}, QueuePlace::kTop), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Order(), ElementsAre(running, fourth, third, second));
}

}  // namespace
}  // namespace lab
