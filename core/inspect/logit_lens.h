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
  at::Tensor next_rank;          // int64 [P, T − 1]: of the text's next token, 0 is the likeliest
  at::Tensor next_probability;   // [P, T − 1]
  at::Tensor entropy;            // [P, T], nats
  at::Tensor kl;                 // [P, T], nats: of the last point's distribution from this one's
};

// stream [P, T, C], whose last point is the model's own end; tokens int64 [T].
Lens LogitLens(LanguageModel& model, const at::Tensor& stream, const at::Tensor& tokens,
               int64_t top);

// The logit of `target` at one position, taken apart: every component's share through the final
// norm with its scale as it was, and the rest. Elhage et al. 2021, "A Mathematical Framework for
// Transformer Circuits". The shares sum to the logit.
struct Attribution {
  double logit = 0;
  std::vector<std::string> names;  // "embed", "pos_embed", "0.attn", "0.mlp", …, "bias"
  std::vector<double> shares;      // one a name
  at::Tensor heads;                // [L, H]: of each layer's attention, what its heads gave;
  at::Tensor head_rest;            // [L]: and what its output bias gave
};

// The hook points that Attribute needs of a forward.
std::vector<std::string> AttributionHooks(const LanguageModel& model);

class Capture;

// `heard` has these of one text (batch 1); `position` and `target` are within it and the
// vocabulary.
Attribution Attribute(LanguageModel& model, const Capture& heard, int64_t position, int64_t target);

}  // namespace lab
