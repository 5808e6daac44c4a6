#pragma once

// What a job's checkpoints will take of the disk, before it runs. Pure.

#include <cstdint>
#include <optional>
#include <string>

#include "lab/v1/config.pb.h"

namespace lab {

// Bytes at their most, by the resolved config's checkpoint settings; nullopt if the number of
// parameters is not known beforehand.
std::optional<int64_t> ForecastDiskBytes(const v1::Forecast& forecast, const std::string& resolved);

}  // namespace lab
