#pragma once

// Jobs and groups as folders that TensorBoard shows: raw series as scalars, samples as texts, and
// for a group a run `mean` with a band of one standard error on the page "Custom Scalars".

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/series.h"

namespace lab::cli {

struct ExportedRun {
  std::filesystem::path folder;  // within the one given
  int64_t scalar_count = 0;
};

// Writes each of `runs` (without series: they are read here, in parts) below `folder`: "job-12";
// "rates/mean" and "rates/seed=1", with a sweep "rates/POINT/mean" and so on. `names`: which
// metrics; empty: all. The same export again replaces its files. Ctrl-C ends it (CANCELLED).
absl::StatusOr<std::vector<ExportedRun>> ExportTensorBoard(Context& context,
                                                           const LabClient& client,
                                                           const std::vector<RunData>& runs,
                                                           const std::vector<std::string>& names,
                                                           const std::filesystem::path& folder);

}  // namespace lab::cli
