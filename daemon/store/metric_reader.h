#pragma once

// Series on their way out: whole or thinned, visible points or all. Runs on the caller's thread
// with a read connection that is its own meanwhile.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/database.h"
#include "lab/v1/metric.pb.h"

namespace lab {

// See Store::ReadMetrics. No statement is open while `part` is called, so that a slow reader does
// not keep SQLite's log from being folded away.
absl::Status ReadSeries(Database* database, int64_t job, const std::vector<std::string>& names,
                        int64_t max_points, bool all_attempts,
                        const std::function<bool(const v1::SeriesPart&)>& part);

}  // namespace lab
