#pragma once

// The commands of labd that need no running labd: `labd token create|list|revoke` and
// `labd fingerprint`. They print and return the exit status.

#include <string>
#include <vector>

#include "core/base/places.h"

namespace lab {

// True if `word`, the first argument of labd, is such a command.
bool IsRemoteCommand(const std::string& word);

// Runs `words`, of which the first is the command. Data goes to stdout, talk to stderr.
int RunRemoteCommand(const std::vector<std::string>& words, const Places& places);

}  // namespace lab
