#pragma once

// A job's rows on their way out of this database and into another: record, texts, attempts,
// metrics, events, checkpoints, raw points. Functions on a connection, on the thread that has it.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/chunk.h"
#include "daemon/store/database.h"
#include "daemon/store/metric_store.h"
#include "daemon/store/records.h"

namespace lab {

struct AttemptCopy {
  int64_t attempt = 0;
  int64_t resumed_step = -1;
  int64_t last_number = 0;
  std::optional<int64_t> resumed_sequence;  // nullopt: unknown, or from nothing
};

struct CheckpointCopy {
  v1::Checkpoint checkpoint;
  int64_t attempt = 0;
};

struct MetricCopy {
  MetricInfo metric;
  int64_t point_count = 0;
};

// All but events and points, which may be many.
struct JobCopy {
  JobRecord record;  // of its times and numbers `job` has the original ones
  JobTexts texts;
  std::vector<AttemptCopy> attempts;
  std::vector<MetricCopy> metrics;  // metric numbers are 1, 2, …
  std::vector<CheckpointCopy> checkpoints;
};

// A point with what its chunk knows of it.
struct PointCopy {
  StoredPoint point;
  int64_t attempt = 0;
  int64_t time_ms = 0;
};

// An event that is no point. `event` has sequence, time and data.
struct EventCopy {
  v1::WatchEvent event;
  int64_t attempt = 0;
  std::optional<int64_t> number;  // the worker's; nullopt for labd's own
};

// One consistent look. NOT_FOUND.
absl::StatusOr<JobCopy> ReadJobCopy(Database* database, int64_t job);

// Points of all attempts with sequences after `after` and up to `through`, in order: some thousands
// at a time, none at the end.
absl::StatusOr<std::vector<PointCopy>> ReadPointCopies(Database* database, int64_t job,
                                                       int64_t metric, int64_t after,
                                                       int64_t through);

// The same for events, at most `limit`.
absl::StatusOr<std::vector<EventCopy>> ReadEventCopies(Database* database, int64_t job,
                                                       int64_t after, int64_t through,
                                                       int64_t limit);

// Gives the next pieces of a job that is taken in; an empty one is the end. `metric` is a number.
struct JobCopySource {
  std::function<absl::StatusOr<std::vector<PointCopy>>(int64_t metric)> points;
  std::function<absl::StatusOr<std::vector<EventCopy>>()> events;
};

// Jobs get ids above `id` from now on; nothing if they do already.
absl::Status SkipJobIdsThrough(Database* database, int64_t id);

// Takes `count` ids that no job will get otherwise.
absl::StatusOr<std::vector<int64_t>> ReserveJobIds(Database* database, int64_t count);

// Writes the job as `id`, in `group` ("" for none) and with `state`; summaries are computed afresh.
// Requires: `id` was reserved, and the pieces are in order and fit `copy`.
absl::Status InsertJobCopy(Database* database, int64_t id, const JobCopy& copy,
                           std::string_view group, const v1::Origin& origin,
                           const JobCopySource& source);

// Where imported jobs came from, by id; of one job if `only` is one.
absl::StatusOr<std::map<int64_t, v1::Origin>> ReadOrigins(Database* database,
                                                          std::optional<int64_t> only = {});

}  // namespace lab
