#pragma once

// Series on their way out: whole or thinned, visible points or all. Runs on the caller's thread
// with a read connection that is its own meanwhile.

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/database.h"
#include "lab/v1/metric.pb.h"

namespace lab {

// The points to read, both ends included.
struct StepRange {
  int64_t from = std::numeric_limits<int64_t>::min();
  int64_t to = std::numeric_limits<int64_t>::max();

  bool Has(int64_t step) const { return from <= step && step <= to; }
};

// See Store::ReadMetrics. No statement is open while `part` is called, so that a slow reader does
// not keep SQLite's log from being folded away.
absl::Status ReadSeries(Database* database, int64_t job, const std::vector<std::string>& names,
                        int64_t max_points, bool all_attempts, StepRange range,
                        const std::function<bool(const v1::SeriesPart&)>& part);

}  // namespace lab
