#pragma once

// Which checkpoints of a run are looked at: much happens early, so they are spread over the
// logarithm of the step. Pure.

#include <cstdint>
#include <vector>

namespace lab::gui {

// At most `most` of `steps` (ascending, without repeats), the first and the last among them: the
// widest gap of log(1 + step) is halved as long as there is room. Requires: most ≥ 2.
std::vector<int64_t> logSpaced(const std::vector<int64_t>& steps, size_t most);

}  // namespace lab::gui
