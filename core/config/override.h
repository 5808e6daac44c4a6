#pragma once

// `--set FIELD=VALUE`: values that replace those of the text. Pure functions, any thread.

#include <string>
#include <vector>

#include "core/config/yaml_tree.h"

namespace lab {

// The file that errors of an override name.
inline constexpr char kOverrideFile[] = "--set";

// Puts "a.b=value" into the tree, in order; missing sections are made. A value in brackets, braces
// or quotes is YAML, `null` and `~` are null, anything else is taken as it stands.
void ApplyOverrides(const std::vector<std::string>& overrides, YamlTree* tree);

}  // namespace lab
