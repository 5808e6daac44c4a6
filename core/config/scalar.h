#pragma once

// Numbers and words as the lab reads them, whatever a YAML library would make of them: decimal
// only, 0256 is 256, 6e2 is a whole number. Pure functions, any thread.

#include <cstdint>
#include <optional>
#include <string_view>

namespace lab {

// A decimal number, finite: "1", "-.5", "1e-3"; nothing else may stand in `text`.
std::optional<double> ParseDouble(std::string_view text);

// A decimal number that is whole and fits: "0256", "6e2", "600.0"; nullopt otherwise.
std::optional<int64_t> ParseInt(std::string_view text);

// true or false (also True, TRUE, False, FALSE: YAML 1.2); "yes" and "1" are neither.
std::optional<bool> ParseBool(std::string_view text);

}  // namespace lab
