#pragma once

// The `sweep:` section as axes. Pure functions, any thread. ExpandMembers (config.h) makes the
// members of a group from them.

#include <string>
#include <string_view>
#include <vector>

#include "core/config/yaml_tree.h"

namespace lab {

// One field and the values it takes; they point into the tree.
struct SweepAxis {
  std::string field;  // "optim.learning_rate"
  int line = 0;
  std::vector<const YamlNode*> values;  // at least one
};

// In the order written. Keys are dotted fields or nested maps; what is neither a map nor a list
// that holds something is an error.
std::vector<SweepAxis> SweepAxes(const YamlNode& sweep, std::string_view file,
                                 std::vector<ConfigError>* errors);

}  // namespace lab
