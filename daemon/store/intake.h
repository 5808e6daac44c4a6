#pragma once

// One transaction's worth of events: gives them their sequences, writes them, and keeps what is to
// be told once the transaction is committed. Lives on the store thread, inside a transaction.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/committed_events.h"
#include "daemon/store/database.h"
#include "daemon/store/event_packer.h"
#include "daemon/store/metric_store.h"
#include "daemon/store/worker_batch.h"

namespace lab {

class Intake {
 public:
  // `events` may be null. Requires: a write transaction is open on `database`.
  Intake(Database* database, const CommittedEvents* events, int64_t now_ms)
      : database_(database), events_(events), now_ms_(now_ms) {}

  // Takes a batch in; numbers known already are skipped. INVALID_ARGUMENT (WORKER_PROTOCOL) for a
  // gap in the numbers or an unknown metric, NOT_FOUND for an unknown job or attempt: then nothing
  // of the batch was taken.
  absl::Status Add(int64_t job, int64_t attempt, const WorkerBatch& batch);
  // Appends an event of labd's own. NOT_FOUND for an unknown job.
  absl::Status AddOwn(int64_t job, int64_t attempt, v1::WatchEvent event);
  // Writes what is still in memory. Other statements of the transaction may follow, and more Adds.
  absl::Status Finish();
  // Forgets a removed job.
  void Forget(int64_t job);

  // What to tell after the commit.
  std::map<int64_t, int64_t> Sequences() const;                   // job → its last sequence
  std::map<int64_t, std::vector<v1::WatchEvent>> TakeMessages();  // job → in order
  // Jobs that nobody watched when their first event came: no messages were built for them.
  std::vector<int64_t> Unpacked() const;
  // (job, attempt) → the highest number taken in.
  const std::map<std::pair<int64_t, int64_t>, int64_t>& numbers() const { return numbers_; }

 private:
  struct Series {
    MetricInfo metric;
    std::vector<StoredPoint> points;
  };
  // One attempt that this transaction adds to.
  struct Run {
    std::map<uint32_t, MetricInfo> declared;
    std::vector<Series> series;  // by the worker's index
    int64_t last_number = 0;
    bool newest = true;  // of its job
  };
  struct JobState {
    int64_t last_sequence = 0;
    bool wanted = false;
    EventPacker packer;
  };

  absl::StatusOr<JobState*> FindJob(int64_t job);
  absl::StatusOr<Run*> FindRun(int64_t job, int64_t attempt);
  absl::Status Check(const WorkerBatch& batch, const Run& run) const;
  absl::Status Declare(int64_t job, int64_t attempt, const std::vector<DeclaredMetric>& metrics,
                       Run* run);
  void AddPoints(const WorkerPoints& points, JobState* state, Run* run);
  absl::Status TakeMark(int64_t job, const v1::Mark& mark);
  absl::Status AddEvent(int64_t job, int64_t attempt, const WorkerEvent& event, JobState* state,
                        Run* run);
  absl::Status FinishRun(int64_t job, int64_t attempt, Run* run);

  Database* database_;
  const CommittedEvents* events_;
  const int64_t now_ms_;
  std::map<int64_t, JobState> jobs_;
  std::map<std::pair<int64_t, int64_t>, Run> runs_;  // (job, attempt)
  std::map<std::pair<int64_t, int64_t>, int64_t> numbers_;
};

}  // namespace lab
