#pragma once

// Which checkpoints of a run are looked at: much happens early, so they are spread over the
// logarithm of the step. GUI thread.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lab::gui {

class CheckpointStore;

// The steps of a job's checkpoints, ascending, each once; none if it has none.
std::vector<int64_t> stepsOf(const CheckpointStore& checkpoints, int64_t job);

// As many as are looked at one after the other.
inline constexpr size_t kMostFollowed = 48;

// At most `most` of `steps` (ascending, without repeats), the first and the last among them: the
// widest gap of log(1 + step) is halved as long as there is room. Requires: most ≥ 2.
std::vector<int64_t> logSpaced(const std::vector<int64_t>& steps, size_t most);

}  // namespace lab::gui
