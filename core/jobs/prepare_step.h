#pragma once

// What every job that reads a corpus does first: check it at submit, and make or find its token
// files while telling how far that is.

#include <optional>

#include "core/data/prepare.h"
#include "core/jobs/job.h"

namespace lab {

// The cheap checks of a `data:` section as field errors.
Resolution ResolveData(const DataConfig& config, int64_t context);

// PrepareData with progress to the sink; nullopt if the control asked to stop meanwhile. `so_far`
// is what a resumed run has done already, so that its progress does not fall back to nothing.
absl::StatusOr<std::optional<PreparedData>> PrepareStep(const DataConfig& config, int64_t context,
                                                        JobContext& job,
                                                        ProgressRecord so_far = {});

}  // namespace lab
