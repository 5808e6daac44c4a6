#pragma once

// Numbers as people list them. Pure.

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lab {

// "0,3-5" as 0, 3, 4, 5; "" as none. INVALID_ARGUMENT names `option`.
absl::StatusOr<std::vector<int64_t>> ParseNumbers(std::string_view option, std::string_view text);

}  // namespace lab
