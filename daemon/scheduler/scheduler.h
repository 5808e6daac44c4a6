#pragma once

// Which job runs next on which device, and the only writer of job state. One thread of its own
// takes posted commands in order; the public functions may be called from any thread and return
// when the command has been applied. Everything outside (records, workers) is behind the Delegate,
// called from the scheduler's thread.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/store.h"
#include "daemon/supervisor/supervisor.h"
#include "lab/v1/job.pb.h"

namespace lab {

class Scheduler {
 public:
  class Delegate;

  struct Options {
    std::vector<std::string> devices = {"cpu"};  // one job at a time on each
    int64_t max_crashes = 3;  // attempts without a newer checkpoint before a job fails
    double retry_seconds = 5;  // until labd looks again whether a trouble is over
  };

  Scheduler(Options options, Delegate* delegate);
  ~Scheduler();  // as Stop()
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Reads the unfinished jobs and starts the thread. Jobs that were RUNNING or STOPPING keep their
  // device until Recovered().
  absl::Status Start();
  // Ends the thread; later commands are UNAVAILABLE. Changes no job.
  void Stop();

  // Commands of people. NOT_FOUND for an unknown job; FAILED_PRECONDITION with the state and what
  // would work; UNAVAILABLE while labd leaves.
  absl::StatusOr<CreatedJobs> Create(std::vector<NewJob> jobs, std::string request_id);
  absl::StatusOr<lab::v1::Job> Pause(int64_t job);       // running
  absl::StatusOr<lab::v1::Job> Resume(int64_t job);      // paused, failed, cancelled
  absl::StatusOr<lab::v1::Job> Cancel(int64_t job);      // all but ended
  absl::StatusOr<lab::v1::Job> Hold(int64_t job);        // queued
  absl::StatusOr<lab::v1::Job> Release(int64_t job);     // held
  absl::StatusOr<lab::v1::Job> Checkpoint(int64_t job);  // running
  // Deletes the job with its files; what they held, in bytes. Ended, paused, held or queued.
  absl::StatusOr<int64_t> Remove(int64_t job);

  // News from the supervisor; return at once.
  void JobStarted(int64_t job, int64_t attempt, int64_t pid);
  void JobEnded(int64_t job, int64_t attempt, WorkerEnd end);
  // The worker of an earlier labd is gone and its farewell is taken in. `crashed`: it left none.
  void Recovered(int64_t job, bool crashed);

  // Starts nothing more and stops every job with a checkpoint; returns at once. `idle` below
  // becomes true when all have left, as QUEUED jobs.
  void Leave();
  // True when no job has a worker. Any thread.
  bool idle() const;
  // Why no job is started at present; "" if nothing is in the way. Any thread.
  std::string trouble() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What the scheduler needs from outside. Writes are committed when they return.
class Scheduler::Delegate {
 public:
  virtual ~Delegate() = default;
};

}  // namespace lab
