#pragma once

// One request for each of several jobs: what the verbs share. A refusal does not keep the others
// from being asked; the first one is told at the end.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/context.h"

namespace lab::cli {

using JobCall = std::function<absl::StatusOr<v1::Job>(const LabClient& client, int64_t id)>;
using JobLine = std::function<std::string(const v1::Job& job)>;

// Calls for each job that `names` mean (see FindJobs) and prints its line, or with --json one
// document with all jobs as they became. NOT_FOUND for a name that means nothing.
absl::StatusOr<int> ForEachJob(Context& context, const std::vector<std::string>& names,
                               const JobCall& call, const JobLine& line);

}  // namespace lab::cli
