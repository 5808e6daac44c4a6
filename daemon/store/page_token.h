#pragma once

// The token of a page of jobs: the ids that are still to come, in their order when the listing
// began. Whatever moves, starts or ends between two pages, none is skipped or given twice; the
// token of an ordinary list has about one byte a job. Pure, any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab {

// "" for no ids.
std::string MakePageToken(const std::vector<int64_t>& ids);
// INVALID_ARGUMENT for what MakePageToken did not make.
absl::StatusOr<std::vector<int64_t>> ReadPageToken(std::string_view token);

}  // namespace lab
