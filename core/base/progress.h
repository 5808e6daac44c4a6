#pragma once

// How long work tells how far it is and learns that it should stop.

#include <cstdint>
#include <functional>
#include <string_view>

namespace lab {

// Called every so often from the working thread with `done` of `total` units (bytes, documents,
// merges; `phase` says what is being done). Returns false to ask the work to stop; it then ends
// with absl::CancelledError and leaves nothing half-made behind.
using ProgressCallback = std::function<bool(std::string_view phase, int64_t done, int64_t total)>;

}  // namespace lab
