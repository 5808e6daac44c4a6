#pragma once

// When something that happens every so often is due. Pure functions.

#include <algorithm>
#include <cstdint>

#include "core/config/describe.h"

namespace lab {

// The interval that `every` asks for in a run of `total` steps: its value (0: never), or for auto
// the one that makes about `points` of them.
inline int64_t Interval(const AutoOr<int64_t>& every, int64_t total, int64_t points) {
  if (!every.is_auto()) return *every.value;
  return std::max<int64_t>(1, (total + points / 2) / points);
}

// At step 0, every `interval`, and at the end; never if the interval is 0.
inline bool Due(int64_t step, int64_t interval, int64_t total) {
  return interval > 0 && (step % interval == 0 || step == total);
}

}  // namespace lab
