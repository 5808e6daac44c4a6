#pragma once

// Validation loss over fixed windows: the same ones each time, so that two steps compare.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/status.h"
#include "core/data/token_file.h"
#include "core/model/language_model.h"
#include "core/train/control.h"

namespace lab {

struct Evaluation {
  double loss = 0;                    // mean −ln p per token, nats
  int64_t tokens = 0;                 // predicted tokens
  std::vector<double> window_losses;  // mean −ln p of each window, in order
  // Σ −ln p of the tokens of each part, over all predicted tokens: together `loss`.
  std::vector<double> part_losses;
  std::vector<int64_t> part_tokens;  // predicted tokens of each part
};

// Which of `count` parts each token of a text is of.
struct TokenParts {
  const std::vector<uint8_t>& of_token;
  size_t count = 0;
};

// Mean loss of `model` without dropout over `windows` evenly spaced windows of `tokens` (all of
// them if 0 or more than there are), `rows` at a time; split by `parts` if there are any. nullopt
// if `control` asked to stop. Requires: at least one window; a part for each token.
std::optional<Evaluation> Evaluate(LanguageModel& model, const TokenFile& tokens, int64_t windows,
                                   int64_t rows, const Control& control,
                                   const TokenParts* parts = nullptr);

// Of the mean of `values`, as if they were independent; NaN of a single one. Requires: not empty.
double StandardErrorOfMean(const std::vector<double>& values);

}  // namespace lab
