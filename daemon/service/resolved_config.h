#pragma once

// Looks into a job's resolved YAML, which the worker wrote: every field set, one mapping inside
// another. labd validates nothing here, it only reads what it needs to know. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lab {

// The scalar at "checkpoint.every" as text; nullopt if there is none, it is null, or the text is
// no YAML.
std::optional<std::string> ResolvedText(const std::string& yaml, std::string_view field);

// The same as a whole number; nullopt for anything else.
std::optional<int64_t> ResolvedInteger(const std::string& yaml, std::string_view field);

// `yaml`, as a worker resolved it, with the one-line entry `field` ("init", "model.base") set to
// the plain scalar `value`; unchanged if it has no such line.
std::string WithResolvedText(std::string yaml, std::string_view field, std::string_view value);

}  // namespace lab
