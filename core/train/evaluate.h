#pragma once

// Validation loss over fixed windows: the same ones each time, so that two steps compare.

#include <cstdint>
#include <optional>

#include "core/base/status.h"
#include "core/data/token_file.h"
#include "core/model/language_model.h"
#include "core/train/control.h"

namespace lab {

struct Evaluation {
  double loss = 0;     // mean −ln p per token, nats
  int64_t tokens = 0;  // predicted tokens
};

// Mean loss of `model` without dropout over `windows` evenly spaced windows of `tokens` (all of
// them if 0 or more than there are), `rows` at a time. nullopt if `control` asked to stop.
// Requires: at least one window.
std::optional<Evaluation> Evaluate(LanguageModel& model, const TokenFile& tokens, int64_t windows,
                                   int64_t rows, const Control& control);

}  // namespace lab
