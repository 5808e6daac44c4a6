#pragma once

// One value of the tree into one member: type, range, choices, path. Pure functions, any thread.

#include <string>
#include <string_view>

#include "core/config/rows.h"
#include "core/config/yaml_tree.h"

namespace lab {

// Reads `node` into what `value` points to. `base` is the absolute folder that a relative path
// starts from, "" if there is none. Returns what is wrong ("must be at least 1, is 0"), or "";
// then the member is unchanged.
std::string ReadValue(const YamlNode& node, const Info& info, std::string_view base,
                      ValueRef value);

// The same, and nothing is changed.
std::string CheckValue(const YamlNode& node, const Info& info, std::string_view base,
                       ValueRef value);

}  // namespace lab
