#pragma once

// Every table of lab.db, commented, in the order of the versions. Constants, any thread.

#include <string_view>
#include <vector>

namespace lab {

// steps[i] takes a database from version i to i + 1; see Migrate. Never change one that was
// released: add another.
const std::vector<std::string_view>& SchemaSteps();

}  // namespace lab
