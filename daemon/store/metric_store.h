#pragma once

// Metrics of a job: their names, their points in chunks, their summaries. The store thread writes,
// inside its transaction; reading metrics and summaries works on any connection.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/attempts.h"
#include "daemon/store/chunk.h"
#include "daemon/store/database.h"
#include "daemon/store/worker_batch.h"
#include "lab/v1/job.pb.h"

namespace lab {

struct MetricInfo {
  int64_t metric = 0;  // 1, 2, … in the order in which the job declared them
  std::string name;
  std::string unit;
  std::string goal;  // "min", "max" or "none"
};

class MetricStore {
 public:
  explicit MetricStore(Database* database) : database_(database) {}

  // Remembers what the attempt's worker calls its metrics. A name known from an earlier attempt
  // keeps its series; its unit and goal become the newest.
  absl::Status Declare(int64_t job, int64_t attempt, const std::vector<DeclaredMetric>& metrics);
  // What the attempt's worker calls its metrics: index → metric.
  absl::StatusOr<std::map<uint32_t, MetricInfo>> DeclaredBy(int64_t job, int64_t attempt);
  absl::StatusOr<std::vector<MetricInfo>> Metrics(int64_t job);

  // Adds points later in sequence than all before, and takes them into the summary as visible.
  absl::Status Append(int64_t job, const MetricInfo& metric, int64_t attempt, int64_t time_ms,
                      const std::vector<StoredPoint>& points);
  // Adds a whole chunk as it stands, without the summary; Summarise() follows when all are in.
  // Requires: 1 to kChunkPoints points, later in sequence than the series' before.
  absl::Status InsertSealed(int64_t job, int64_t metric, int64_t attempt, int64_t time_ms,
                            const std::vector<StoredPoint>& points);
  // Folds every open tail of the job, so that a chunk never spans two attempts.
  absl::Status SealAll(int64_t job);
  // Computes the job's summaries afresh from its visible points.
  absl::Status Summarise(int64_t job, const Cuts& cuts);
  // No visible point is later than this, and one at its step is visible; step -1 if there is none.
  absl::StatusOr<Moment> Newest(int64_t job, const Cuts& cuts);

  // In the order of the metrics; those without a visible point are left out.
  absl::StatusOr<std::vector<v1::MetricSummary>> Summaries(int64_t job);

 private:
  struct Summary;
  absl::StatusOr<Summary> ReadSummary(int64_t job, int64_t metric);
  absl::Status WriteSummary(int64_t job, int64_t metric, const Summary& summary);
  absl::Status InsertChunk(int64_t job, int64_t metric, int64_t attempt, int64_t time_ms, bool open,
                           const std::vector<StoredPoint>& points);
  // Takes the open rows of a series out of the table.
  absl::Status RemoveOpen(int64_t job, int64_t metric, std::vector<StoredPoint>* points,
                          int64_t* attempt, int64_t* time_ms);

  Database* database_;
};

}  // namespace lab
