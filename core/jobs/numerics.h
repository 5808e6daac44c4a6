#pragma once

// The choices that decide a run's bits: threads, precision, kernels. Settled at the first start,
// stored in every checkpoint, reused on resume even if slower.

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "core/tensor/precision.h"
#include "core/train/event_sink.h"

namespace lab {

struct Numerics {
  Precision precision = Precision::kFp32;
  nlohmann::json record;  // for checkpoints
};

// Settles the numerics of a run and sets the thread count. `recorded` are those of the checkpoint
// it goes on from, null for a new run. What could be kept is kept: threads and precision, whatever
// the config says now. What differs all the same (another processor, another LibTorch, other
// products) is logged and marked, since the bits may differ from there. threads 0: all cores;
// precision "fp32", "bf16" or "auto".
Numerics SettleNumerics(int64_t threads, const std::string& precision, const std::string& attention,
                        const nlohmann::json& recorded, EventSink& sink);

}  // namespace lab
