#pragma once

// Runs another program and takes what it prints. Blocks.

#include <string>
#include <vector>

#include "cli/interrupts.h"
#include "core/base/status.h"

namespace lab::cli {

struct ProgramEnd {
  int code = -1;    // exit status; 128 + the signal's number if one killed it
  std::string out;  // stdout
  std::string err;  // stderr
};

// DEADLINE_EXCEEDED after `timeout_seconds` (it is killed then); NOT_FOUND and the like if it
// cannot be started. Ctrl-C kills it if `interrupts` are given: CANCELLED. At most a megabyte of
// each stream is kept.
absl::StatusOr<ProgramEnd> RunProgram(const std::vector<std::string>& words, double timeout_seconds,
                                      Interrupts* interrupts = nullptr);

}  // namespace lab::cli
