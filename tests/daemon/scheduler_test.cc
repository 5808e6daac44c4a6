#include "daemon/scheduler/scheduler.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/strings.h"

namespace lab {
namespace {

using Job = v1::Job;

// Records in memory, workers that only remember what they were told.
class FakeOutside : public Scheduler::Delegate {
 public:
  absl::StatusOr<CreatedJobs> CreateJobs(const std::vector<NewJob>& jobs, const std::string& group,
                                         const std::string&) override {
    std::lock_guard lock(mutex_);
    CreatedJobs created;
    created.group = group;
    for (const NewJob& job : jobs) {
      int64_t id = next_id_++;
      JobRecord& record = records_[id];
      record.job.set_id(id);
      record.job.set_attempt(1);
      record.job.set_state(job.hold ? Job::HELD : Job::QUEUED);
      record.job.set_priority(job.priority);
      record.position = id;
      created.ids.push_back(id);
    }
    return created;
  }
  absl::StatusOr<Job> GetJob(int64_t job) override {
    ASSIGN_OR_RETURN(JobRecord record, GetJobRecord(job));
    return record.job;
  }
  absl::StatusOr<JobRecord> GetJobRecord(int64_t job) override {
    std::lock_guard lock(mutex_);
    auto found = records_.find(job);
    if (found == records_.end()) return absl::NotFoundError(StrCat("no job ", job));
    return found->second;
  }
  absl::StatusOr<std::vector<JobRecord>> JobsInState(const std::vector<JobState>& states) override {
    std::lock_guard lock(mutex_);
    std::vector<JobRecord> found;
    for (const auto& [id, record] : records_) {
      if (std::find(states.begin(), states.end(), record.job.state()) != states.end()) {
        found.push_back(record);
      }
    }
    return found;
  }
  absl::StatusOr<std::vector<JobRecord>> NextQueued() override {
    ASSIGN_OR_RETURN(std::vector<JobRecord> queued, JobsInState({Job::QUEUED}));
    std::stable_sort(queued.begin(), queued.end(), [](const auto& a, const auto& b) {
      return std::pair(-a.job.priority(), a.position) < std::pair(-b.job.priority(), b.position);
    });
    if (queued.size() > 1) queued.resize(1);
    return queued;
  }
  absl::StatusOr<std::vector<JobRecord>> MisplacedJobs() override {
    return std::vector<JobRecord>();  // queue_test.cc has dependencies, with a real store
  }
  absl::Status ArrangeJobs(const std::vector<int64_t>&, QueuePlace, int64_t) override {
    return absl::OkStatus();
  }
  absl::Status UpdateJob(int64_t job, const JobChange& change) override {
    std::lock_guard lock(mutex_);
    if (!disk_full_.empty()) {
      return Failure(absl::StatusCode::kUnavailable, reason::kDiskFull, disk_full_);
    }
    Apply(job, change);
    return absl::OkStatus();
  }
  void UpdateJobEventually(int64_t job, const JobChange& change) override {
    std::lock_guard lock(mutex_);
    eventual_.push_back({job, change});
  }
  absl::Status Flush() override {
    std::lock_guard lock(mutex_);
    if (disk_full_.empty()) return absl::OkStatus();
    return Failure(absl::StatusCode::kUnavailable, reason::kDiskFull, disk_full_);
  }
  absl::StatusOr<std::optional<v1::Checkpoint>> NewestFullCheckpoint(int64_t job) override {
    std::lock_guard lock(mutex_);
    auto found = checkpoints_.find(job);
    if (found == checkpoints_.end()) return std::nullopt;
    v1::Checkpoint checkpoint;
    checkpoint.set_step(found->second);
    checkpoint.set_name(StrCat("step-", found->second));
    return checkpoint;
  }
  absl::StatusOr<int64_t> LastWorkerNumber(int64_t job, int64_t attempt) override {
    std::lock_guard lock(mutex_);
    return last_numbers_[{job, attempt}];
  }
  absl::Status BeginAttempt(int64_t job, int64_t attempt, int64_t resumed_step) override {
    std::lock_guard lock(mutex_);
    records_[job].job.set_attempt(attempt);
    orders_ += StrCat("begin ", job, "/", attempt, " at ", resumed_step, "\n");
    return absl::OkStatus();
  }
  absl::Status AddChanges(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                          const std::string& resolved) override {
    std::lock_guard lock(mutex_);
    orders_ += StrCat("record ", job, " after ", after, ": ", changes.size(), " ", resolved, "\n");
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> RemoveJob(int64_t job) override {
    std::lock_guard lock(mutex_);
    records_.erase(job);
    return 1000;
  }
  absl::Status PrepareFolder(int64_t) override {
    std::lock_guard lock(mutex_);
    return folder_status_;
  }
  absl::Status StartWorker(int64_t job, int64_t attempt, int64_t first_number,
                           const std::string& resume) override {
    std::lock_guard lock(mutex_);
    orders_ += StrCat("start ", job, "/", attempt, " from ", first_number, " ", resume, "\n");
    return start_status_;
  }
  void StopWorker(int64_t job, StopMode mode) override {
    std::lock_guard lock(mutex_);
    orders_ += StrCat("stop ", job, " ", StopModeName(mode), "\n");
  }
  void CheckpointWorker(int64_t job) override {
    std::lock_guard lock(mutex_);
    orders_ += StrCat("checkpoint ", job, "\n");
  }
  void ChangeWorker(int64_t job, const std::vector<v1::Change>& changes) override {
    std::lock_guard lock(mutex_);
    for (const v1::Change& change : changes) {
      orders_ += StrCat("change ", job, " ", change.id(), " ", change.field(), "\n");
    }
  }
  std::string Trouble() override {
    std::lock_guard lock(mutex_);
    return disk_full_.empty() ? trouble_ : disk_full_;
  }

  // What was ordered since the last call.
  std::string TakeOrders() {
    std::lock_guard lock(mutex_);
    return std::exchange(orders_, "");
  }

  std::mutex mutex_;
  std::map<int64_t, JobRecord> records_;
  std::map<int64_t, int64_t> checkpoints_;
  std::map<std::pair<int64_t, int64_t>, int64_t> last_numbers_;
  std::vector<std::pair<int64_t, JobChange>> eventual_;
  std::string orders_, trouble_, disk_full_;
  absl::Status folder_status_, start_status_;
  int64_t next_id_ = 1;

 private:
  void Apply(int64_t job, const JobChange& change) {
    JobRecord& record = records_[job];
    if (change.state) {
      EXPECT_TRUE(MayBecome(record.job.state(), *change.state))
          << JobStateName(record.job.state()) << " to " << JobStateName(*change.state);
      record.job.set_state(*change.state);
      if (*change.state == Job::RUNNING) record.job.mutable_start_time();
      if (*change.state == Job::QUEUED) record.job.clear_error();
    }
    if (change.desired) record.desired = *change.desired;
    if (change.crashes) record.crashes = *change.crashes;
    if (change.error) *record.job.mutable_error() = *change.error;
    if (change.device) record.job.set_device(*change.device);
    if (change.worker_pid) record.job.set_worker_pid(*change.worker_pid);
  }
};

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() {
    options_.retry_seconds = 0.01;
    Restart();
  }
  // As another labd that opens the same records.
  std::vector<int64_t> Restart() {
    scheduler_ = std::make_unique<Scheduler>(options_, &outside_);
    return *scheduler_->Start();
  }
  int64_t Submit(int64_t priority = 0, bool hold = false) {
    NewJob job;
    job.priority = priority;
    job.hold = hold;
    auto created = scheduler_->Create({job}, "", "");
    EXPECT_TRUE(created.ok()) << created.status();
    return created->ids.at(0);
  }
  void Settle() { EXPECT_FALSE(scheduler_->Checkpoint(-1).ok()); }  // queued behind all news
  void End(int64_t job, const std::string& outcome, const std::string& reason = "",
           int64_t step = 0) {
    scheduler_->JobEnded(job, outside_.GetJob(job)->attempt(), {outcome, step, reason, "because"});
    Settle();
    Settle();
  }
  JobState StateOf(int64_t job) {
    Settle();
    return outside_.GetJob(job)->state();
  }

  FakeOutside outside_;
  Scheduler::Options options_;
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, StartsOneJobADeviceByPriorityThenPosition) {
  int64_t first = Submit();
  EXPECT_EQ(StateOf(first), Job::RUNNING);
  int64_t second = Submit();
  int64_t third = Submit(5);
  EXPECT_EQ(StateOf(third), Job::QUEUED);
  EXPECT_EQ(outside_.TakeOrders(), "begin 1/1 at -1\nstart 1/1 from 1 \n");
  EXPECT_EQ(outside_.GetJob(first)->device(), "cpu");
  End(first, "succeeded");
  EXPECT_EQ(StateOf(first), Job::SUCCEEDED);
  EXPECT_EQ(outside_.GetJob(first)->device(), "");
  EXPECT_EQ(StateOf(third), Job::RUNNING);
  End(third, "succeeded");
  EXPECT_EQ(StateOf(second), Job::RUNNING);
}

TEST_F(SchedulerTest, HeldJobsWaitForTheirRelease) {
  int64_t job = Submit(0, true);
  EXPECT_EQ(StateOf(job), Job::HELD);
  EXPECT_EQ(scheduler_->Release(job)->state(), Job::RUNNING);
  int64_t other = Submit();
  EXPECT_EQ(scheduler_->Hold(other)->state(), Job::HELD);
  End(job, "succeeded");
  EXPECT_EQ(StateOf(other), Job::HELD);
}

TEST_F(SchedulerTest, PauseFreesTheDeviceAndResumeGoesOnFromTheCheckpoint) {
  int64_t job = Submit();
  int64_t next = Submit();
  EXPECT_EQ(scheduler_->Pause(job)->state(), Job::STOPPING);
  EXPECT_NE(outside_.TakeOrders().find("stop 1 pause"), std::string::npos);
  outside_.checkpoints_[job] = 40;
  End(job, "paused", "", 40);
  EXPECT_EQ(StateOf(job), Job::PAUSED);
  EXPECT_EQ(StateOf(next), Job::RUNNING);
  End(next, "succeeded");
  outside_.TakeOrders();
  EXPECT_EQ(scheduler_->Resume(job)->state(), Job::RUNNING);
  EXPECT_EQ(outside_.TakeOrders(), "begin 1/2 at 40\nstart 1/2 from 1 step-40\n");
}

TEST_F(SchedulerTest, CancelWorksInEveryStateThatHasNotEnded) {
  int64_t running = Submit();
  int64_t queued = Submit();
  int64_t held = Submit(0, true);
  EXPECT_EQ(scheduler_->Cancel(queued)->state(), Job::CANCELLED);
  EXPECT_EQ(scheduler_->Cancel(held)->state(), Job::CANCELLED);
  EXPECT_EQ(scheduler_->Cancel(running)->state(), Job::STOPPING);
  EXPECT_EQ(scheduler_->Cancel(running)->state(), Job::STOPPING);
  End(running, "cancelled");
  EXPECT_EQ(StateOf(running), Job::CANCELLED);
  EXPECT_EQ(scheduler_->Cancel(running).status().code(), absl::StatusCode::kFailedPrecondition);
  int64_t paused = Submit();
  ASSERT_TRUE(scheduler_->Pause(paused).ok());
  End(paused, "paused");
  EXPECT_EQ(scheduler_->Cancel(paused)->state(), Job::CANCELLED);
}

TEST_F(SchedulerTest, CancelOvertakesAPause) {
  int64_t job = Submit();
  ASSERT_TRUE(scheduler_->Pause(job).ok());
  ASSERT_TRUE(scheduler_->Cancel(job).ok());
  EXPECT_NE(outside_.TakeOrders().find("stop 1 pause\nstop 1 cancel\n"), std::string::npos);
  End(job, "paused");
  EXPECT_EQ(StateOf(job), Job::CANCELLED);
}

TEST_F(SchedulerTest, AJobThatFinishesWhileStoppingHasSucceeded) {
  int64_t job = Submit();
  ASSERT_TRUE(scheduler_->Pause(job).ok());
  End(job, "succeeded");
  EXPECT_EQ(StateOf(job), Job::SUCCEEDED);
}

TEST_F(SchedulerTest, AJobThatFailsWhileStoppingHasFailed) {
  int64_t job = Submit();
  ASSERT_TRUE(scheduler_->Pause(job).ok());
  End(job, "failed", "DISK_FULL");
  EXPECT_EQ(StateOf(job), Job::FAILED);
}

TEST_F(SchedulerTest, AWorkerThatDiesWhileStoppingLeavesTheJobAsDesired) {
  int64_t job = Submit();
  ASSERT_TRUE(scheduler_->Pause(job).ok());
  End(job, "crashed", "WORKER_CRASHED");
  EXPECT_EQ(StateOf(job), Job::PAUSED);
}

TEST_F(SchedulerTest, WrongMomentsAreRefusedWithTheWayOut) {
  int64_t job = Submit();
  int64_t queued = Submit();
  absl::Status status = scheduler_->Pause(queued).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(MessageOf(status)).find("hold"), std::string::npos);
  EXPECT_EQ(scheduler_->Remove(job).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(scheduler_->Resume(job).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(scheduler_->Pause(99).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SchedulerTest, RemoveForgetsAnEndedJob) {
  int64_t job = Submit();
  End(job, "succeeded");
  EXPECT_EQ(*scheduler_->Remove(job), 1000);
  EXPECT_EQ(scheduler_->Remove(job).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SchedulerTest, CheckpointIsPassedOn) {
  int64_t job = Submit();
  ASSERT_TRUE(scheduler_->Checkpoint(job).ok());
  EXPECT_NE(outside_.TakeOrders().find("checkpoint 1"), std::string::npos);
}

TEST_F(SchedulerTest, ThreeCrashesWithoutANewerCheckpointFail) {
  int64_t job = Submit();
  for (int64_t attempt = 1; attempt <= 2; ++attempt) {
    End(job, "crashed", "WORKER_CRASHED");
    EXPECT_EQ(StateOf(job), Job::RUNNING);
    EXPECT_EQ(outside_.GetJob(job)->attempt(), attempt + 1);
  }
  End(job, "crashed", "WORKER_SILENT");
  EXPECT_EQ(StateOf(job), Job::FAILED);
  EXPECT_EQ(outside_.GetJob(job)->error().reason(), "WORKER_CRASHED");
  EXPECT_NE(outside_.GetJob(job)->error().message().find("because"), std::string::npos);
  // A person's resume gives it three more.
  EXPECT_EQ(scheduler_->Resume(job)->state(), Job::RUNNING);
  EXPECT_EQ(outside_.GetJobRecord(job)->crashes, 0);
}

TEST_F(SchedulerTest, ANewerCheckpointForgivesCrashes) {
  int64_t job = Submit();
  for (int i = 0; i < 5; ++i) {
    End(job, "crashed", "WORKER_CRASHED");
    std::lock_guard lock(outside_.mutex_);
    outside_.records_[job].crashes = 0;  // as the store does when it records one
  }
  EXPECT_EQ(StateOf(job), Job::RUNNING);
}

TEST_F(SchedulerTest, FailuresThatARetryWouldMeetAgainFailAtOnce) {
  for (const char* reason :
       {"OUT_OF_MEMORY", "LOSS_NOT_FINITE", "CONFIG_INVALID", "CORPUS_TOO_SMALL", "DISK_FULL"}) {
    int64_t job = Submit();
    End(job, "failed", reason);
    EXPECT_EQ(StateOf(job), Job::FAILED);
    EXPECT_EQ(outside_.GetJob(job)->error().reason(), reason);
  }
  int64_t job = Submit();
  End(job, "crashed", "WORKER_PROTOCOL");
  EXPECT_EQ(StateOf(job), Job::FAILED);
  EXPECT_EQ(outside_.GetJob(job)->error().reason(), "WORKER_PROTOCOL");
}

TEST_F(SchedulerTest, ACleanStopGoesOnInTheSameAttempt) {
  int64_t job = Submit();
  scheduler_->Leave();
  Settle();
  EXPECT_NE(outside_.TakeOrders().find("stop 1 leave"), std::string::npos);
  outside_.checkpoints_[job] = 30;
  outside_.last_numbers_[{job, 1}] = 77;
  End(job, "left", "", 30);
  EXPECT_EQ(StateOf(job), Job::QUEUED);
  EXPECT_EQ(scheduler_->active(), 0);
  EXPECT_EQ(scheduler_->Create({NewJob()}, "", "").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Restart().empty());
  EXPECT_EQ(StateOf(job), Job::RUNNING);
  EXPECT_EQ(outside_.TakeOrders(), "start 1/1 from 78 step-30\n");
}

TEST_F(SchedulerTest, ACleanStopWithoutAFreshCheckpointBeginsANewAttempt) {
  int64_t job = Submit();
  scheduler_->Leave();
  outside_.checkpoints_[job] = 20;
  outside_.last_numbers_[{job, 1}] = 77;
  End(job, "left", "", 30);
  outside_.TakeOrders();
  Restart();
  Settle();
  EXPECT_EQ(outside_.TakeOrders(), "begin 1/2 at 20\nstart 1/2 from 1 step-20\n");
}

TEST_F(SchedulerTest, OrphansKeepTheirDeviceUntilTheyAreRecovered) {
  int64_t running = Submit();
  int64_t queued = Submit();
  outside_.TakeOrders();
  EXPECT_EQ(Restart(), std::vector<int64_t>{running});
  EXPECT_EQ(StateOf(queued), Job::QUEUED);
  EXPECT_EQ(scheduler_->active(), 0);
  EXPECT_TRUE(scheduler_->waiting());
  outside_.checkpoints_[running] = 12;
  scheduler_->Recovered(running);
  Settle();
  EXPECT_EQ(StateOf(running), Job::RUNNING);
  EXPECT_EQ(outside_.TakeOrders(), "begin 1/2 at 12\nstart 1/2 from 1 step-12\n");
  EXPECT_EQ(outside_.GetJobRecord(running)->crashes, 0);
}

TEST_F(SchedulerTest, AStoppingOrphanBecomesWhatWasDesired) {
  int64_t job = Submit();
  ASSERT_TRUE(scheduler_->Pause(job).ok());
  Restart();
  scheduler_->Recovered(job);
  Settle();
  EXPECT_EQ(StateOf(job), Job::PAUSED);
  ASSERT_TRUE(scheduler_->Resume(job).ok());
  ASSERT_TRUE(scheduler_->Cancel(job).ok());
  Restart();
  scheduler_->Recovered(job);
  Settle();
  EXPECT_EQ(StateOf(job), Job::CANCELLED);
}

TEST_F(SchedulerTest, AnOrphanCanBePausedBeforeItIsRecovered) {
  int64_t job = Submit();
  Restart();
  outside_.TakeOrders();
  EXPECT_EQ(scheduler_->Pause(job)->state(), Job::STOPPING);
  EXPECT_EQ(outside_.TakeOrders(), "");
  scheduler_->Recovered(job);
  Settle();
  EXPECT_EQ(StateOf(job), Job::PAUSED);
}

TEST_F(SchedulerTest, TroubleStartsNothingAndSaysWhyUntilItIsOver) {
  {
    std::lock_guard lock(outside_.mutex_);
    outside_.trouble_ = "the disk is full";
  }
  int64_t job = Submit();
  EXPECT_EQ(StateOf(job), Job::QUEUED);
  EXPECT_EQ(scheduler_->trouble(), "the disk is full");
  {
    std::lock_guard lock(outside_.mutex_);
    outside_.trouble_ = "";
  }
  while (outside_.GetJob(job)->state() != Job::RUNNING) std::this_thread::yield();
  while (!scheduler_->trouble().empty()) std::this_thread::yield();
}

TEST_F(SchedulerTest, AnEndThatCannotBeWrittenIsKeptForLater) {
  int64_t job = Submit();
  ASSERT_EQ(StateOf(job), Job::RUNNING);
  {
    std::lock_guard lock(outside_.mutex_);
    outside_.disk_full_ = "full";
  }
  End(job, "succeeded");
  EXPECT_EQ(scheduler_->active(), 0);
  std::lock_guard lock(outside_.mutex_);
  ASSERT_EQ(outside_.eventual_.size(), 1u);
  EXPECT_EQ(outside_.eventual_[0].second.state, Job::SUCCEEDED);
}

TEST_F(SchedulerTest, AJobWhoseFolderCannotBeMadeFails) {
  {
    std::lock_guard lock(outside_.mutex_);
    outside_.start_status_ =
        Failure(absl::StatusCode::kUnavailable, reason::kIoError, "no such place");
  }
  int64_t job = Submit();
  EXPECT_EQ(StateOf(job), Job::FAILED);
  EXPECT_EQ(outside_.GetJob(job)->error().reason(), "IO_ERROR");
}

TEST_F(SchedulerTest, AJobWaitsUntilItsFolderCanBeMade) {
  {
    std::lock_guard lock(outside_.mutex_);
    outside_.folder_status_ = Failure(absl::StatusCode::kResourceExhausted, reason::kDiskFull,
                                      "making the folder x: no space");
  }
  int64_t job = Submit();
  EXPECT_EQ(StateOf(job), Job::QUEUED);
  EXPECT_EQ(scheduler_->trouble(), "job 1 could not be started: making the folder x: no space");
  EXPECT_EQ(outside_.TakeOrders(), "") << "no attempt was begun";
  {
    std::lock_guard lock(outside_.mutex_);
    outside_.folder_status_ = absl::OkStatus();
  }
  while (outside_.GetJob(job)->state() != Job::RUNNING) std::this_thread::yield();
  EXPECT_EQ(outside_.GetJob(job)->attempt(), 1);
  while (!scheduler_->trouble().empty()) std::this_thread::yield();
}

TEST_F(SchedulerTest, AbandonedJobsWaitWithoutBlame) {
  int64_t job = Submit();
  scheduler_->Abandon();
  EXPECT_EQ(outside_.GetJob(job)->state(), Job::QUEUED);
  EXPECT_EQ(outside_.GetJobRecord(job)->crashes, 0);
  EXPECT_EQ(outside_.GetJobRecord(job)->desired, Desired::kRun);
}

TEST_F(SchedulerTest, NewsOfAnEarlierAttemptAreIgnored) {
  int64_t job = Submit();
  End(job, "crashed", "WORKER_CRASHED");
  scheduler_->JobEnded(job, 1, {"succeeded", 5, "", ""});
  EXPECT_EQ(StateOf(job), Job::RUNNING);
}

TEST_F(SchedulerTest, AChangeIsRecordedThenHandedToTheWorkerIfThereIsOne) {
  int64_t running = Submit();
  int64_t waiting = Submit();
  outside_.TakeOrders();
  v1::Change change;
  change.set_field("sample.every");
  ASSERT_TRUE(scheduler_->Set(running, 2, {change, change}, "yaml").ok());
  EXPECT_EQ(outside_.TakeOrders(),
            StrCat("record ", running, " after 2: 2 yaml\nchange ", running,
                   " 3 sample.every\nchange ", running, " 4 sample.every\n"));
  ASSERT_TRUE(scheduler_->Set(waiting, 0, {change}, "yaml").ok());
  EXPECT_EQ(outside_.TakeOrders(), StrCat("record ", waiting, " after 0: 1 yaml\n"));
  End(running, "succeeded");
  EXPECT_EQ(scheduler_->Set(running, 4, {change}, "yaml").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SchedulerTest, CommandsAfterTheEndAreUnavailable) {
  int64_t job = Submit();
  scheduler_->Stop();
  EXPECT_EQ(scheduler_->Pause(job).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace lab
