#pragma once

// Rows as YAML. Pure functions, any thread. Callers outside core/config use config.h.

#include <string>

#include "core/config/config.h"
#include "core/config/rows.h"

namespace lab {

// A row's value as flow YAML: "0.1", "auto", "null", "[a, b]".
std::string WriteValue(const Row& row);

}  // namespace lab
