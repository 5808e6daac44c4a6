#pragma once

#include <optional>

#include "cli/output/terminal.h"
#include "lab/v1/job.pb.h"

namespace lab::cli {

// The colour in which a state is shown; nullopt for the plain ones. Pure.
std::optional<Color> ColorOf(v1::Job::State state);

}  // namespace lab::cli
