#pragma once

// What a command is: a row of the table in commands/registry.cc. Adding a command is adding its
// file and its row.

#include <functional>

#include "core/base/status.h"

namespace lab::cli {

class Arguments;
class Context;

// Runs a command whose arguments were parsed; returns labctl's exit status, or why it failed.
using Run = std::function<absl::StatusOr<int>(Context&)>;

struct Command {
  const char* name;
  const char* alias;    // "" for none
  const char* summary;  // one line of `labctl --help`
  // Declares what it takes.
  Run (*configure)(Arguments& takes);
};

}  // namespace lab::cli
