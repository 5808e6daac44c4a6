#pragma once

// A GPT-2 small enough for exhaustive checks, with random weights that leave no path idle.

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "core/base/philox.h"
#include "core/model/gpt2.h"

namespace lab {

inline Gpt2Shape TinyShape() {
  Gpt2Shape shape;
  shape.layers = 2;
  shape.heads = 4;
  shape.width = 32;
  shape.context = 24;
  shape.vocab = 61;
  return shape;
}

// Every weight N(0, 0.15), LayerNorm's N(1, 0.15).
inline void FillWeights(Gpt2& model, uint64_t seed) {
  uint64_t index = 0;
  for (const Parameter& parameter : model.parameters().all()) {
    PhiloxStream stream(seed, Purpose::kInit, index++);
    const bool norm =
        parameter.spec.name.find("ln_") != std::string::npos && parameter.spec.name.back() == 't';
    float* data = parameter.value.mutable_data_ptr<float>();
    for (int64_t i = 0; i < parameter.value.numel(); ++i) {
      data[i] = static_cast<float>(0.15 * stream.NextNormal() + (norm ? 1 : 0));
    }
  }
}

inline at::Tensor RandomTokens(int64_t batch, int64_t tokens, int64_t vocab, uint64_t seed) {
  PhiloxStream stream(seed, Purpose::kCorpus, 0);
  at::Tensor ids = at::empty({batch, tokens}, at::kLong);
  for (int64_t i = 0; i < ids.numel(); ++i) {
    ids.mutable_data_ptr<int64_t>()[i] = stream.NextBelow(static_cast<uint32_t>(vocab));
  }
  return ids;
}

// The largest |a − b|; NaN if there is one.
inline double Distance(const at::Tensor& a, const at::Tensor& b) {
  return a.detach().sub(b.detach()).abs().max().item<double>();
}

}  // namespace lab
