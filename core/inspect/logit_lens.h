#pragma once

// What the residual stream would say if it went to the head at once (the logit lens,
// nostalgebraist 2020), and which part of a logit came from where. One thread at a time.

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/model/language_model.h"

namespace lab {

// Of each point and token of a stream.
struct Lens {
  at::Tensor top_ids;            // int64 [P, T, K], likeliest first
  at::Tensor top_probabilities;  // [P, T, K]
  at::Tensor next_rank;          // int64 [P, T]: of the text's next token, 0 is the likeliest; −1
                                 // at the text's end
  at::Tensor next_probability;   // [P, T]; NaN there
  at::Tensor entropy;            // [P, T], nats
  at::Tensor kl;                 // [P, T], nats: of the end's distribution from this one's
};

// stream [P, T, C]; end [T, C], the stream after the last block; tokens int64 [T].
Lens LogitLens(LanguageModel& model, const at::Tensor& stream, const at::Tensor& end,
               const at::Tensor& tokens, int64_t top);

// Of values [T, V] those of each position's next token, [T]; NaN at the text's end.
at::Tensor OfNextToken(const at::Tensor& values, const at::Tensor& tokens);

// Logits taken apart, one at each of N positions: every component's share through the final norm
// with its scale as it was, and the rest. Elhage et al. 2021, "A Mathematical Framework for
// Transformer Circuits". The shares sum to the logit.
struct Attribution {
  at::Tensor logits;       // [N]
  at::Tensor shares;       // [N, S], S of AttributionNames
  at::Tensor heads;        // [N, L, H]: of each layer's attention, what its heads gave;
  at::Tensor head_biases;  // [N, L]: and what its output bias gave
};

// The components in Attribution's order.
std::vector<std::string> AttributionNames(const LanguageModel& model);
// The hook points that Attribute needs of a forward.
std::vector<std::string> AttributionHooks(const LanguageModel& model);

class Capture;

// `heard` has these of one text (batch 1); positions and targets int64 [N], within the text and the
// vocabulary.
Attribution Attribute(LanguageModel& model, const Capture& heard, const at::Tensor& positions,
                      const at::Tensor& targets);

}  // namespace lab
