#pragma once

// All weights of a model in one flat buffer, all gradients in another, so that zeroing, the norm
// and the optimizer are one pass each. Each parameter is a detached view at a 64-byte offset and a
// leaf of its own; its .grad is preset to the view of the gradient buffer. Gradients are fp32
// whatever the weights are: our own autograd functions write them there (model/functions.h).
// One thread at a time.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/tensor/precision.h"

namespace lab {

struct ParameterSpec {
  std::string name;            // as in the checkpoint: "transformer.h.0.attn.c_attn.weight"
  std::vector<int64_t> shape;  // as in the checkpoint
  bool decay = false;          // weight decay applies: 2-D weights except embeddings
  bool embedding = false;      // wte, wpe
};

struct Parameter {
  ParameterSpec spec;
  at::Tensor value;    // leaf that requires grad, a view of weights()
  at::Tensor grad;     // fp32 view of gradients()
  int64_t offset = 0;  // first element in the flat buffers
};

class FlatParams {
 public:
  // Lays the parameters out decayed ones first, each group in the order given; padding is zero.
  explicit FlatParams(std::vector<ParameterSpec> specs, Precision precision = Precision::kFp32);

  Precision precision() const { return precision_; }

  // In the order given.
  const std::vector<Parameter>& all() const { return parameters_; }
  // Null if there is none of that name.
  const Parameter* Find(std::string_view name) const;

  const at::Tensor& weights() const { return weights_; }  // fp32 or bf16 [N], N includes padding
  const at::Tensor& gradients() const { return gradients_; }  // fp32 [N]
  // Elements [0, decayed_size()) get weight decay, the rest do not.
  int64_t decayed_size() const { return decayed_size_; }
  // Weights without padding.
  int64_t count() const { return count_; }

  void ZeroGradients();
  // Gives their memory back: a model that is only run has none, and gradients() is undefined.
  void FreeGradients();

 private:
  Precision precision_;
  std::vector<Parameter> parameters_;
  at::Tensor weights_, gradients_;
  int64_t decayed_size_ = 0;
  int64_t count_ = 0;
};

}  // namespace lab
