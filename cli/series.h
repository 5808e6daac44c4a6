#pragma once

// What compare and metrics read: the series of jobs, and the statistics of groups. A run is what a
// person named: a job, or a group.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/context.h"
#include "lab/v1/group.pb.h"
#include "lab/v1/metric.pb.h"

namespace lab::cli {

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

// The job or the group that `name` means, without series. NOT_FOUND.
absl::StatusOr<RunData> FindRun(const LabClient& client, const std::string& name);

// Reads the series of `run`: `names`, or all where there are none. `max_points` 0: every point.
// Ctrl-C ends it (CANCELLED). Metrics that a run has not logged are left out if `lenient`.
absl::Status ReadRun(Context& context, const LabClient& client,
                     const std::vector<std::string>& names, int64_t max_points, bool lenient,
                     RunData* run);

// The metrics that a run has logged, in its order.
std::vector<std::string> MetricsOf(const RunData& run);

}  // namespace lab::cli
