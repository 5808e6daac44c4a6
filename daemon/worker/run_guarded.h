#pragma once

// The one place that catches exceptions: LibTorch's and the standard library's become statuses
// with a reason. Any thread.

#include <functional>

#include "core/base/status.h"

namespace lab {

// Runs `work`; whatever it throws comes back as a failed status: OUT_OF_MEMORY if memory ran out,
// INTERNAL with the exception's first line else.
absl::Status RunGuarded(const std::function<absl::Status()>& work);

}  // namespace lab
