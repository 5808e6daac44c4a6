#pragma once

// AdamW over flat parameters: one fused pass a step, with fp32 master copies of bf16 weights. One
// thread at a time.
// Loshchilov & Hutter 2019, "Decoupled weight decay regularization", arXiv:1711.05101, algorithm 2.

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "core/config/describe.h"
#include "core/tensor/flat_params.h"

namespace lab {

struct OptimConfig {
  std::string name = "adamw";
  double learning_rate = 1e-3;
  double weight_decay = 0.1;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;

  template <class V>
  constexpr void Describe(V& v) {
    v("name", name, {.help = "update rule", .choices = {"adamw"}});
    v("learning_rate", learning_rate,
      {.help = "peak rate, reached after warmup", .min = 0, .max = 1e6, .live = true});
    v("weight_decay", weight_decay,
      {.help = "decoupled decay of matrices, embeddings excepted", .min = 0, .max = 10});
    v("beta1", beta1, {.help = "memory of the mean gradient", .min = 0, .max = 0.999999});
    v("beta2", beta2, {.help = "memory of the mean squared gradient", .min = 0, .max = 0.999999});
    v("epsilon", epsilon,
      {.help = "added to the root of the second moment",
       .min = 0,
       .above_min = true,
       .advanced = true});
  }
};

// Of one update: ‖ΔW‖ and the ‖W‖ it led to.
struct UpdateSize {
  double update_norm = 0;
  double weight_norm = 0;
  double ratio() const { return weight_norm > 0 ? update_norm / weight_norm : 0; }
};

class AdamW {
 public:
  // `parameters` must outlive this. Moments start at zero, master copies as the weights are now.
  AdamW(FlatParams& parameters, const OptimConfig& config);

  // One update from parameters.gradients() × `gradient_factor` (what ClipFactor gave).
  UpdateSize Step(double learning_rate, double gradient_factor);

  // The rest of the state, for checkpoints: all lie exactly as parameters.weights() does.
  const at::Tensor& exp_avg() const { return exp_avg_; }        // fp32 [N]
  const at::Tensor& exp_avg_sq() const { return exp_avg_sq_; }  // fp32 [N]
  // What is updated where the weights are bf16, fp32 [N]: the weights are these, rounded. Undefined
  // where they are fp32, which need no copy.
  const at::Tensor& masters() const { return masters_; }
  int64_t step_count() const { return step_count_; }
  void set_step_count(int64_t count) { step_count_ = count; }

  // Takes effect at the next step; moments stay.
  void set_config(const OptimConfig& config) { config_ = config; }
  const OptimConfig& config() const { return config_; }

 private:
  FlatParams& parameters_;
  OptimConfig config_;
  at::Tensor exp_avg_, exp_avg_sq_, masters_;
  int64_t step_count_ = 0;
};

}  // namespace lab
