#pragma once

// What happened to a job beside its points: states, samples, checkpoints, marks; the table of
// checkpoints; and the history that merges all of it with the points. The store thread writes,
// inside its transaction; reads work on any connection.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/attempts.h"
#include "daemon/store/database.h"
#include "daemon/store/records.h"
#include "daemon/store/worker_batch.h"
#include "lab/v1/event.pb.h"

namespace lab {

class EventStore {
 public:
  explicit EventStore(Database* database) : database_(database) {}

  // Stores an event that has its sequence and time. `number` is the worker's, absent for labd's.
  absl::Status Append(int64_t job, int64_t attempt, std::optional<int64_t> number,
                      const v1::WatchEvent& event);
  // Records a checkpoint and what retention did to others. A full one that is newer than all
  // visible full ones resets the job's count of crashes.
  absl::Status RecordCheckpoint(int64_t job, int64_t attempt, const RecordedCheckpoint& record);
  absl::Status DropCheckpoint(int64_t job, std::string_view name);
  // See Store::KnowsTrainer.
  absl::StatusOr<bool> KnowsTrainer(int64_t job, std::string_view name,
                                    std::string_view trainer_sha256);
  // As MetricStore::Newest, of what workers reported as samples and marks.
  absl::StatusOr<Moment> Newest(int64_t job, const Cuts& cuts);

  absl::StatusOr<std::vector<v1::Sample>> ListSamples(int64_t job);          // visible, by step
  absl::StatusOr<std::vector<v1::Checkpoint>> ListCheckpoints(int64_t job);  // by step
  absl::StatusOr<std::optional<v1::Checkpoint>> NewestFullCheckpoint(int64_t job);
  // See Store::ReadEventsAfter.
  absl::StatusOr<History> ReadAfter(int64_t job, int64_t after,
                                    const std::vector<std::string>& kinds, int64_t limit);

 private:
  Database* database_;
};

// A row that begins with name, step, kind, size_bytes, sha256, created_ms of `checkpoints`.
v1::Checkpoint CheckpointOf(const Statement& row);

// A stored event's data as its kind; sequence and time are the caller's. DATA_LOSS if it is none.
absl::StatusOr<v1::WatchEvent> ParseEvent(std::string_view kind, std::string_view data);

// The name of an event's kind in WatchJobRequest: "state", "metric", …; "" for none.
std::string_view EventKind(const v1::WatchEvent& event);

}  // namespace lab
