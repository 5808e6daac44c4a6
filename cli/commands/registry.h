#pragma once

// The table of commands, in the order in which `labctl --help` lists them.

#include <vector>

#include "cli/command.h"

namespace lab::cli {

const std::vector<Command>& Commands();

}  // namespace lab::cli
