#pragma once

// labctl as a function: parses the arguments, runs the command, tells failures. Tests call it with
// string streams. One thread.

#include <string>
#include <vector>

#include "cli/interrupts.h"
#include "cli/output/terminal.h"
#include "core/base/places.h"

namespace lab::cli {

// `arguments` without the program's name. Returns the exit status.
int RunLabctl(const std::vector<std::string>& arguments, Terminal terminal, Interrupts& interrupts,
              const Environment& environment);

}  // namespace lab::cli
