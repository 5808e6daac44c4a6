#pragma once

// Writes jobs as a job file (docs/formats/job_file.md), streaming: memory does not grow with the
// job. Reads the store and the jobs' folders and changes neither. Any thread; blocks on the sink.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/places.h"
#include "core/base/status.h"
#include "lab/v1/transfer.pb.h"

namespace lab {

class Store;

struct ExportPlan {
  std::vector<int64_t> jobs;
  std::string group;  // "" if they are none
  v1::ExportJobsRequest::Checkpoints checkpoints = v1::ExportJobsRequest::ALL;
  std::string lab_version;
  std::string host;
  int64_t now_ms = 0;
};

// Gives the file to `sink` in pieces of any length, with about how long it will be. NOT_FOUND for
// an unknown job, FAILED_PRECONDITION for one that runs, ABORTED if files vanish meanwhile;
// failures of the sink are passed on.
absl::Status ExportJobs(
    const Store& store, const Places& places, const ExportPlan& plan,
    const std::function<absl::Status(std::string_view bytes, int64_t expected_bytes)>& sink);

}  // namespace lab
