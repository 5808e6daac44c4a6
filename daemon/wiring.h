#pragma once

// How the daemon's parts are joined: what the scheduler and the supervisor need from outside, made
// of the store, the catalog and each other.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/places.h"
#include "daemon/catalog/catalog.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/store/store.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {

class StorageGuard;

// The scheduler's outside: records in the store and in job folders, workers at the supervisor.
class SchedulerWiring : public Scheduler::Delegate {
 public:
  // `storage` may be null: then no limit of the disk keeps jobs from starting.
  SchedulerWiring(Store* store, Supervisor* supervisor, Places places,
                  const StorageGuard* storage = nullptr);
  absl::StatusOr<CreatedJobs> CreateJobs(const std::vector<NewJob>& jobs,
                                         const std::string& wanted_group,
                                         const std::string& request_id) override;
  absl::StatusOr<v1::Job> GetJob(int64_t job) override;
  absl::StatusOr<JobRecord> GetJobRecord(int64_t job) override;
  absl::StatusOr<std::vector<JobRecord>> JobsInState(const std::vector<JobState>& states) override;
  absl::StatusOr<std::vector<JobRecord>> NextQueued() override;
  absl::StatusOr<std::vector<JobRecord>> MisplacedJobs() override;
  absl::Status ArrangeJobs(const std::vector<int64_t>& jobs, QueuePlace place,
                           int64_t before) override;
  absl::Status UpdateJob(int64_t job, const JobChange& change) override;
  void UpdateJobEventually(int64_t job, const JobChange& change) override;
  absl::Status Flush() override;
  absl::StatusOr<std::optional<v1::Checkpoint>> NewestFullCheckpoint(int64_t job) override;
  absl::StatusOr<int64_t> LastWorkerNumber(int64_t job, int64_t attempt) override;
  absl::Status BeginAttempt(int64_t job, int64_t attempt, int64_t resumed_step) override;
  absl::Status AddChanges(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                          const std::string& resolved) override;
  absl::StatusOr<int64_t> RemoveJob(int64_t job) override;
  absl::Status PrepareFolder(int64_t job) override;
  absl::Status StartWorker(int64_t job, int64_t attempt, int64_t first_number,
                           const std::string& resume) override;
  void StopWorker(int64_t job, StopMode mode) override;
  void CheckpointWorker(int64_t job) override;
  void ChangeWorker(int64_t job, const std::vector<v1::Change>& changes) override;
  std::string Trouble() override;

 private:
  // Before the first step: which checkpoints a config means that had to wait for them.
  absl::Status SettleBeginning(int64_t job, std::string* resolved);

  Store* const store_;
  Supervisor* const supervisor_;
  const Places places_;
  const StorageGuard* const storage_;
};

// The supervisor's outside: events to the store, ends to the scheduler, descriptions to the
// catalog.
class SupervisorWiring : public Supervisor::Delegate {
 public:
  SupervisorWiring(Store* store, Catalog* catalog, Places places);
  // A job's log that is larger is rotated. Any thread.
  void set_job_log_limit(int64_t bytes) { job_log_max_bytes_ = bytes; }
  // Before the supervisor starts.
  void set_scheduler(Scheduler* scheduler) { scheduler_ = scheduler; }

  absl::Status Described(const nlohmann::json& description) override;
  void JobStarted(int64_t job, int64_t attempt, int64_t pid) override;
  void JobReported(int64_t job, int64_t attempt, WorkerBatch batch) override;
  void JobProgressed(int64_t job, const v1::Progress& progress) override;
  void JobLogged(int64_t job, const LogMessage& line) override;
  void JobEnded(int64_t job, int64_t attempt, const WorkerEnd& end) override;
  bool HasRoom() override;

 private:
  Store* const store_;
  Catalog* const catalog_;
  const Places places_;
  std::atomic<int64_t> job_log_max_bytes_{16 << 20};
  Scheduler* scheduler_ = nullptr;
};

}  // namespace lab
