#pragma once

// Validation loss over fixed windows: the same ones each time, so that two steps compare.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/status.h"
#include "core/data/token_file.h"
#include "core/model/language_model.h"
#include "core/train/control.h"
#include "core/train/observer.h"

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

// Which windows of a text, evenly spaced, and how many in one forward.
struct EvaluationWindows {
  int64_t windows = 0;  // 0 or more than there are: all
  int64_t rows = 1;
};

// Mean loss of `model` without dropout over these windows of `tokens`; split by `parts` if there
// are any. `observer`, if any, hears the first forward. nullopt if `control` asked to stop.
// Requires: at least one window; a part for each token.
std::optional<Evaluation> Evaluate(LanguageModel& model, const TokenFile& tokens,
                                   EvaluationWindows which, const Control& control,
                                   const TokenParts* parts = nullptr, Observer* observer = nullptr);

// Only the first of those forwards, for `observer`.
void Observe(LanguageModel& model, const TokenFile& tokens, EvaluationWindows which,
             Observer& observer);

// Of the mean of `values`, as if they were independent; NaN of a single one. Requires: not empty.
double StandardErrorOfMean(const std::vector<double>& values);

}  // namespace lab
