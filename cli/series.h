#pragma once

// What compare and metrics read: the series of the job or the group that a person named.

#include <string>
#include <vector>

#include "cli/context.h"
#include "proto/client/run_data.h"

namespace lab::cli {

// The job or the group that `name` means, without series. NOT_FOUND.
absl::StatusOr<RunData> FindRun(const LabClient& client, const std::string& name);

// ReadRun of proto/client/run_data.h, ended by Ctrl-C (CANCELLED).
absl::Status ReadRun(Context& context, const LabClient& client, const SeriesQuestion& question,
                     RunData* run);

}  // namespace lab::cli
