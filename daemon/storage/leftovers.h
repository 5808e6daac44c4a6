#pragma once

// What interrupted work left in the home. Any thread.

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/base/places.h"

namespace lab {

struct Leftover {
  std::filesystem::path path;
  int64_t job_id = 0;  // in whose folder it lies; 0: in none
  std::string what;    // "an import that broke off"
};

// Temporary folders of imports, folders without a job, and half-made or half-deleted checkpoints of
// jobs that do not run. `jobs`: all there are; `running`: those with a worker. What was touched
// within `quiet_seconds` may be at work and is left out.
std::vector<Leftover> FindLeftovers(const Places& places, const std::set<int64_t>& jobs,
                                    const std::set<int64_t>& running, double quiet_seconds);

// Deletes what imports of an earlier labd left. Requires: none is at work.
void RemoveBrokenImports(const Places& places);

}  // namespace lab
