#pragma once

// The checkpoints of many jobs in one go, each with the validation loss measured at it. Runs on the
// caller's thread with a read connection that is its own meanwhile.

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/database.h"
#include "lab/v1/artifact.pb.h"
#include "lab/v1/job.pb.h"

namespace lab {

// The series whose values say which checkpoint is best.
inline constexpr std::string_view kLossMetric = "val/loss";

// The checkpoints that are recorded of one job.
struct CheckpointsOfJob {
  int64_t job = 0;
  v1::Job::State state = v1::Job::STATE_UNSPECIFIED;
  // By step; best and final are not marked yet.
  std::vector<v1::MeasuredCheckpoint> checkpoints;
};

// See Store::ListCheckpoints. As many statements for a thousand jobs as for one.
absl::StatusOr<std::vector<CheckpointsOfJob>> ReadCheckpoints(Database* database,
                                                              const std::vector<int64_t>& ids);

}  // namespace lab
