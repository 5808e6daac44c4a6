#pragma once

// Runs a resolved config in a job's folder: the same path under labd and by hand.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/base/status.h"
#include "core/jobs/job.h"

namespace lab {

struct RunResolvedArgs {
  std::string resolved;                         // YAML, as CheckConfig resolved it
  std::filesystem::path folder;                 // the job's own
  std::filesystem::path cache;                  // shared by all jobs
  std::optional<std::filesystem::path> resume;  // a full checkpoint to go on from
};

// Finds the job type, tells its metrics to `declare`, sweeps what a killed run left half-written,
// and runs it. Thread: the caller's, which trains. Numeric code may throw (see run_guarded.h).
absl::StatusOr<Outcome> RunResolved(const RunResolvedArgs& args, EventSink& sink, Control& control,
                                    const std::function<void(const JobInfo&)>& declare);

// "succeeded", "paused", "cancelled", "left".
const char* OutcomeName(Outcome outcome);

}  // namespace lab
