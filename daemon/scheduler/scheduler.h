#pragma once

// Which job runs next on which device, and the only writer of job state. One thread of its own
// takes posted commands in order; the public functions may be called from any thread. Everything
// outside (records, workers) is behind the Delegate, called from the scheduler's thread.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/status.h"
#include "daemon/scheduler/device_pool.h"
#include "daemon/scheduler/job_state.h"
#include "daemon/store/records.h"
#include "daemon/supervisor/supervisor.h"
#include "lab/v1/job.pb.h"

namespace lab {

// What a person calls a job and how urgent it is; what is absent stays.
struct JobEdit {
  std::optional<std::string> name;
  std::optional<int64_t> priority;
  std::optional<std::string> note;
  std::vector<std::string> add_tags;     // known ones stay where they are
  std::vector<std::string> remove_tags;  // unknown ones do no harm
};

class Scheduler {
 public:
  class Delegate;

  struct Options {
    std::vector<std::string> devices = {"cpu"};  // one job at a time on each
    int64_t max_crashes = 3;   // attempts without a newer checkpoint before a job fails
    double retry_seconds = 2;  // until it is seen whether a trouble is over
  };

  Scheduler(Options options, Delegate* delegate);
  ~Scheduler();  // as Stop()
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Reads the unfinished jobs and starts the thread. Jobs that were RUNNING or STOPPING keep their
  // device until Recovered(); their ids are returned.
  absl::StatusOr<std::vector<int64_t>> Start();
  // Ends the thread; later commands are UNAVAILABLE. Changes no job.
  void Stop();

  // Commands of people; they return when applied and committed. NOT_FOUND for an unknown job;
  // FAILED_PRECONDITION with the state and what would work; UNAVAILABLE while labd leaves.
  absl::StatusOr<CreatedJobs> Create(std::vector<NewJob> jobs, std::string wanted_group,
                                     std::string request_id);
  absl::StatusOr<v1::Job> Pause(int64_t job);   // running
  absl::StatusOr<v1::Job> Resume(int64_t job);  // paused, failed, cancelled
  absl::StatusOr<v1::Job> Cancel(int64_t job);  // all but ended
  absl::StatusOr<v1::Job> Hold(int64_t job);    // queued
  // Held. One that labd held because a dependency broke waits for that one no longer.
  absl::StatusOr<v1::Job> Release(int64_t job);
  absl::StatusOr<v1::Job> Checkpoint(int64_t job);  // running
  // In any state.
  absl::StatusOr<v1::Job> Edit(int64_t job, JobEdit edit);
  // All of them queued or held; see Store::ArrangeJobs. INVALID_ARGUMENT for none, one named twice,
  // or one before itself.
  absl::StatusOr<std::vector<v1::Job>> Arrange(std::vector<int64_t> jobs, QueuePlace place,
                                               int64_t before);
  // Records changed settings and hands them to the job's worker, if it has one; see
  // Store::AddChanges. All but succeeded.
  absl::StatusOr<v1::Job> Set(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                              const std::string& resolved);
  // Deletes the job with its files; what they held, in bytes. Ended, paused or held.
  absl::StatusOr<int64_t> Remove(int64_t job);

  // Every running job writes a checkpoint now; returns at once.
  void CheckpointAll();
  // Returns when the thread has come round to it; at once if it has ended.
  void AwaitTurn();
  // Holds for jobs that crash from now on.
  void set_max_crashes(int64_t limit) { max_crashes_ = limit; }

  // News; they return at once.
  void JobStarted(int64_t job, int64_t attempt, int64_t pid);
  void JobEnded(int64_t job, int64_t attempt, WorkerEnd end);
  // The worker of an earlier labd is gone and its farewell is taken in.
  void Recovered(int64_t job);

  // Starts nothing more and stops every job with a checkpoint. The jobs become QUEUED; they go on
  // when labd is back.
  void Leave();
  // The workers were killed: writes down that their jobs wait, without blaming them. Blocks.
  void Abandon();

  // How many jobs have a worker of this labd.
  int64_t active() const;
  // True if jobs are queued or not yet recovered.
  bool waiting() const;
  // Why no job is started at present; "" if nothing is in the way.
  std::string trouble() const;

 private:
  struct Active {
    int64_t attempt = 0;
    bool orphan = false;  // started by an earlier labd
  };

  // Runs `work` in the scheduler's thread and waits for it; UNAVAILABLE once it has ended.
  absl::Status Do(const std::function<absl::Status()>& work);
  bool Post(std::function<void()> work);
  void Run();
  absl::StatusOr<v1::Job> Command(Verb verb, int64_t job,
                                  const std::function<absl::Status(const JobRecord&)>& apply);
  // The scheduler's thread.
  // Holds the queued jobs whose dependencies broke, and queues again those that were held for one
  // that has been resumed.
  absl::Status SettleDependants();
  void StartJobs();
  absl::Status StartJob(const JobRecord& record);
  absl::Status Move(const JobRecord& record, JobState to, JobChange change = {});
  // After everything that was reported; tried again later if the disk is full.
  void MoveEventually(const JobRecord& record, JobState to, JobChange change = {});
  absl::Status StopActive(const JobRecord& record, Desired desired);
  absl::Status Cancel(const JobRecord& record);
  void OnEnded(int64_t job, const WorkerEnd& end);
  void OnCrashed(const JobRecord& record, const WorkerEnd& end);
  void OnLeft(const JobRecord& record, const WorkerEnd& end);
  void OnStopped(const JobRecord& record);
  void Fail(const JobRecord& record, std::string_view reason, std::string_view message);

  const Options options_;
  std::atomic<int64_t> max_crashes_;
  Delegate* const delegate_;

  // The scheduler's thread only.
  DevicePool devices_;
  std::map<int64_t, Active> active_;
  bool leaving_ = false;
  std::string queue_blocked_;  // why a queued job could not start; "": look again only at news

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool stopped_ = true;
  int64_t active_count_ = 0;
  bool waiting_ = false;
  std::string blocked_;

  std::thread thread_;
};

// What the scheduler needs from outside; see Store. Writes, but the eventual one, return committed.
class Scheduler::Delegate {
 public:
  virtual ~Delegate() = default;
  virtual absl::StatusOr<CreatedJobs> CreateJobs(const std::vector<NewJob>& jobs,
                                                 const std::string& wanted_group,
                                                 const std::string& request_id) = 0;
  virtual absl::StatusOr<v1::Job> GetJob(int64_t job) = 0;
  virtual absl::StatusOr<JobRecord> GetJobRecord(int64_t job) = 0;
  virtual absl::StatusOr<std::vector<JobRecord>> JobsInState(
      const std::vector<JobState>& states) = 0;
  virtual absl::StatusOr<std::vector<JobRecord>> NextQueued() = 0;
  virtual absl::StatusOr<std::vector<JobRecord>> MisplacedJobs() = 0;
  virtual absl::Status ArrangeJobs(const std::vector<int64_t>& jobs, QueuePlace place,
                                   int64_t before) = 0;
  virtual absl::Status UpdateJob(int64_t job, const JobChange& change) = 0;
  // In order after everything the job's worker reported.
  virtual void UpdateJobEventually(int64_t job, const JobChange& change) = 0;
  // Waits until everything reported is committed.
  virtual absl::Status Flush() = 0;
  virtual absl::StatusOr<std::optional<v1::Checkpoint>> NewestFullCheckpoint(int64_t job) = 0;
  virtual absl::StatusOr<int64_t> LastWorkerNumber(int64_t job, int64_t attempt) = 0;
  virtual absl::Status BeginAttempt(int64_t job, int64_t attempt, int64_t resumed_step) = 0;
  virtual absl::Status AddChanges(int64_t job, int64_t after,
                                  const std::vector<v1::Change>& changes,
                                  const std::string& resolved) = 0;
  // Deletes record and files; the bytes they held.
  virtual absl::StatusOr<int64_t> RemoveJob(int64_t job) = 0;

  // Makes its folder, takes in farewells. An error if the disk is full or read-only: stays queued.
  virtual absl::Status PrepareFolder(int64_t job) = 0;
  // Hands the run to a worker; `resume` is a checkpoint's name.
  virtual absl::Status StartWorker(int64_t job, int64_t attempt, int64_t first_number,
                                   const std::string& resume) = 0;
  virtual void StopWorker(int64_t job, StopMode mode) = 0;
  virtual void CheckpointWorker(int64_t job) = 0;
  virtual void ChangeWorker(int64_t job, const std::vector<v1::Change>& changes) = 0;
  // Why no job should be started at present; "" if all is well. Any thread.
  virtual std::string Trouble() = 0;
};

}  // namespace lab
