#pragma once

// First weights. Pure functions of (shape, seed); one thread at a time per model.

#include <cstdint>

#include "core/model/gpt2.h"

namespace lab {

// GPT-2's initialisation (Radford et al. 2019, section 2.3): weights and embeddings N(0, s) with s
// the shape's init_std, there 0.02; the two projections that add to the residual stream
// N(0, s/√(2L)), biases 0, LayerNorm 1 and 0. Parameter i of parameters().all() draws from
// PhiloxStream(seed, Purpose::kInit, i).
void InitializeGpt2(Gpt2& model, uint64_t seed);

}  // namespace lab
