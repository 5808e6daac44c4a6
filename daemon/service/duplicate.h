#pragma once

// The config of a job's copy: what the job was submitted with, and further changes. Pure, any
// thread.

#include <string>
#include <vector>

#include "core/base/status.h"
#include "daemon/store/records.h"

namespace lab {

struct Duplicate {
  v1::ConfigText config;
  // True unless the changes ask for several seeds: the text's sweep and seeds are not expanded
  // again.
  bool alone = true;
};

// Relative paths of the source's own overrides still start from where that was submitted, those of
// `overrides` from `override_base`. INVALID_ARGUMENT for changes of `seeds` where the text has a
// sweep: a copy is one job of it, not the sweep.
absl::StatusOr<Duplicate> MakeDuplicate(const JobTexts& source,
                                        const std::vector<std::string>& overrides,
                                        const std::string& override_base);

}  // namespace lab
