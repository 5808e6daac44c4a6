#pragma once

// The series of what a person named: a job, or a group with the statistics of its members. Any
// thread.

#include <cstdint>
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

// Reads the series of `run`: `names`, or all where there are none. `max_points` 0: every point.
// CANCELLED after cancellation (may be null). Metrics that a run has not logged are left out if
// `lenient`. Blocks.
absl::Status ReadRun(const LabClient& client, const std::vector<std::string>& names,
                     int64_t max_points, bool lenient, Cancellation* cancellation, RunData* run);

// The metrics that a run has logged, in its order.
std::vector<std::string> MetricsOf(const RunData& run);

}  // namespace lab
