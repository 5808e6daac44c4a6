#pragma once

// How a group reads in `show`: its members, and what they come to together.

#include <string>

#include "cli/context.h"
#include "lab/v1/group.pb.h"

namespace lab::cli {

// The metric by which a group is judged: val/loss, else train/loss, else the first with a goal;
// "" if there is none.
std::string LeadingMetric(const v1::Group& group);

// "3 succeeded, 1 failed", states in the order of the queue's life.
std::string StatesText(const v1::Group& group);

// Members with state and result; mean, standard error and n of each metric (of a sweep the leading
// ones, one row a grid point); the best member.
void PrintGroup(Context& context, const v1::Group& group);

}  // namespace lab::cli
