#pragma once

// Text from a model, token by token, with a KV cache. Called from the thread that owns the model;
// never touches gradients, dropout or training's random streams.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/model/language_model.h"

namespace lab {

class Tokenizer;

struct GenerateRequest {
  std::string prompt;  // no token is added; empty: starts from end-of-text
  int64_t max_tokens = 60;
  double temperature = 1;
  double top_p = 1;
  int64_t top_k = 0;
  uint64_t seed = 0;
  int64_t step = 0;               // training step for samples, 0 for a person's request
  std::vector<std::string> stop;  // the text ends before the first of these
  int alternatives = 0;           // how many likeliest tokens to name beside each new one
};

// Texts are bytes and may be part of a character.
struct NewToken {
  int32_t id = 0;
  std::string text;   // its bytes; a special token's content
  std::string shown;  // what it adds to the result's text: "" for a special token, cut before a
                      // stop string
  double probability = 0;                           // the model's, at temperature 1
  std::vector<std::pair<std::string, double>> top;  // likeliest first, at temperature 1
};

struct GenerateResult {
  std::string text;         // new text only; special tokens left out; ends before a stop string
  std::string stop_reason;  // eos, stop, max_tokens, context, cancelled
  int64_t prompt_tokens = 0;
  int64_t new_tokens = 0;
  double seconds_to_first_token = 0;  // from the call
  double tokens_per_second = 0;       // after the first; 0 if there was only one
  std::vector<NewToken> tokens;       // every new one, an ending special one included
};

// Called once for each new token in order; false ends the generation ("cancelled"). A token that
// may turn out to belong to a stop string is held back until that is known, so that the `shown`
// of all calls make up exactly the result's text.
using TokenCallback = std::function<bool(const NewToken&)>;

// INVALID_ARGUMENT for settings out of range, a prompt longer than the model's context (with the
// numbers) and a prompt the tokenizer refuses; LOSS_NOT_FINITE if the model's logits are not
// finite. The same request gives the same tokens. `on_token` may be empty.
absl::StatusOr<GenerateResult> Generate(LanguageModel& model, const Tokenizer& tokenizer,
                                        const GenerateRequest& request,
                                        const TokenCallback& on_token);

}  // namespace lab
