#pragma once

// The series of what a person named: a job, or a group with the statistics of its members. Any
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "lab/v1/group.pb.h"
#include "lab/v1/metric.pb.h"
#include "proto/client/lab_client.h"

namespace lab {

struct RunData {
  v1::Job job;                            // of a job
  v1::Group group;                        // of a group; its name is "" for a job
  std::vector<v1::SeriesPart> series;     // of a job: one element a metric
  std::vector<v1::GroupPart> statistics;  // of a group: one element a grid point and metric

  bool is_group() const { return !group.name().empty(); }
  // "job 12" or "group rates".
  std::string Title() const;
  // "12" or "rates".
  std::string Name() const;
};

// True for a word that can only be a job's id: all digits.
bool IsJobId(const std::string& word);

// Which points of a run.
struct SeriesQuestion {
  std::vector<std::string> names;  // metrics; none: all
  int64_t max_points = 0;          // of each series, which keep its extremes; 0: every point
  int64_t from_step = 0;           // no earlier ones; of a job only
  std::optional<int64_t> to_step;  // no later ones; of a job only
  bool lenient = false;            // leaves out metrics that the run has not logged
};

// Reads the series of `run`. CANCELLED after cancellation (may be null), INVALID_ARGUMENT for a
// range of steps of a group. Blocks.
absl::Status ReadRun(const LabClient& client, const SeriesQuestion& question,
                     Cancellation* cancellation, RunData* run);

// The metrics that a run has logged, in its order.
std::vector<std::string> MetricsOf(const RunData& run);

}  // namespace lab
