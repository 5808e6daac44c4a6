#pragma once

// `labctl __complete WORD…`: what may stand where the cursor is. The shells' scripts ask this.

#include <string>
#include <vector>

#include "cli/completion/candidate.h"
#include "cli/completion/live_values.h"
#include "cli/description.h"
#include "cli/output/terminal.h"
#include "core/base/places.h"

namespace lab::cli {

// So long labd is asked at most, in all: somebody waits for an answer to a key.
inline constexpr double kCompletionSeconds = 0.3;

// `words` begin behind the program's name; the last one, maybe empty, is where the cursor is.
Candidates Complete(const Description& labctl, std::vector<std::string> words,
                    const Environment& environment, LiveValues::TimePoint deadline);

// Prints them on stdout: a line "files" or "words" (files may follow, or not), then a line VALUE,
// tab, TEXT for each. Prints no error, returns 0.
int PrintCandidates(const std::vector<std::string>& words, Terminal terminal,
                    const Environment& environment);

}  // namespace lab::cli
