#pragma once

// What labd does at present, in one line for a service's status. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/records.h"

namespace lab {

// "run 12 step 800/5000, 3 queued"; "idle". `trouble` is why no job starts.
std::string SummaryOf(const std::vector<JobRecord>& running, int64_t queued,
                      std::string_view trouble);

}  // namespace lab
