#pragma once

// Follows jobs until all have ended: the live line of `watch` and `submit --watch`, the silence of
// `--wait`.

#include <cstdint>
#include <vector>

#include "cli/context.h"

namespace lab::cli {

struct FollowOptions {
  bool wait = false;           // --wait: silent until the end; Ctrl-C is 130 instead of 0
  bool outcome = true;         // one line for each job at the end
  double timeout_seconds = 0;  // 0: none
  double line_seconds = 5;     // between lines where there is no terminal
};

// The exit status: 5 if any job failed, else 6 if any was cancelled, 124 after the timeout, 130 or
// 0 after Ctrl-C; a failure if a job is gone or labd stays away.
absl::StatusOr<int> Follow(Context& context, const LabClient& client,
                           const std::vector<int64_t>& ids, const FollowOptions& options);

}  // namespace lab::cli
