#pragma once

// What distinguishes the configs of jobs, field by field, and who wrote each value. Pure, any
// thread.

#include <vector>

#include "daemon/store/records.h"
#include "lab/v1/queue.pb.h"

namespace lab {

// The fields of the resolved configs that differ, in the order of the first config, then those that
// only later ones have. Names are no settings. Requires: at least one config.
v1::CompareConfigsResponse CompareConfigs(const std::vector<JobTexts>& configs);

}  // namespace lab
