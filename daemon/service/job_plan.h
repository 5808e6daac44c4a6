#pragma once

// From a submitted config to the jobs to queue: expands sweep and seeds, lets the worker check each
// member, and settles which checkpoint a `resume` or `init` means. Any thread; blocks while the
// worker answers.

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "daemon/service/pinned_references.h"
#include "daemon/store/records.h"
#include "lab/v1/config.pb.h"

namespace lab {

// What planning needs from outside.
struct PlanTools {
  // Sends a "check" and returns the whole "checked" header.
  std::function<absl::StatusOr<nlohmann::json>(nlohmann::json request)> check;
  // What a reference in a config means now.
  FindModel resolve;
};

struct PlanOptions {
  std::string name;   // replaces the config's if not ""
  bool hold = false;  // queue the jobs as HELD
  int64_t priority = 0;
  std::vector<NewDependency> dependencies;
  bool alone = false;    // one job, whatever sweep and seeds say
  bool measure = false;  // the first member's forecast with a measured rate
};

struct JobPlan {
  v1::CheckReport report;    // all errors and warnings; the rest is the first member's
  std::vector<NewJob> jobs;  // one per member, in grid order; empty if any was refused
  std::string group;         // the wanted group name; "" without sweep and seeds
  int64_t disk_bytes = 0;    // what all members' checkpoints will take; 0 where that is unknown
};

// Refused configs are no failure but errors in the report: one that all members share stands there
// once, another names its member. A reference in `resume`, `init` or `model.base` is pinned in the
// resolved YAML to the step it means now ("12" becomes "12@500"), so that the job's record says
// what it began from; one to a job that this one waits for is pinned when it starts.
// INVALID_ARGUMENT for a config that cannot be passed on; the check's own failures otherwise.
absl::StatusOr<JobPlan> PlanJobs(const v1::ConfigText& config, const PlanOptions& options,
                                 const PlanTools& tools);

}  // namespace lab
