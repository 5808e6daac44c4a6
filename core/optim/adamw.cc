#include "core/optim/adamw.h"

#include <cmath>

#include <ATen/ops/zeros_like.h>

#include "core/kernels/adamw.h"

namespace lab {

AdamW::AdamW(FlatParams& parameters, const OptimConfig& config)
    : parameters_(parameters),
      config_(config),
      exp_avg_(at::zeros_like(parameters.weights())),
      exp_avg_sq_(at::zeros_like(parameters.weights())) {}

UpdateSize AdamW::Step(double learning_rate, double gradient_factor) {
  kernels::AdamWStep step;
  step.learning_rate = learning_rate;
  step.beta1 = config_.beta1;
  step.beta2 = config_.beta2;
  step.epsilon = config_.epsilon;
  step.weight_decay = config_.weight_decay;
  step.gradient_factor = gradient_factor;
  step.step = ++step_count_;
  const kernels::AdamWSums sums = kernels::AdamWUpdate(
      step, parameters_.decayed_size(), parameters_.weights().numel(),
      parameters_.weights().mutable_data_ptr<float>(),
      parameters_.gradients().const_data_ptr<float>(), exp_avg_.mutable_data_ptr<float>(),
      exp_avg_sq_.mutable_data_ptr<float>());
  return {std::sqrt(sums.update_squared), std::sqrt(sums.weight_squared)};
}

}  // namespace lab
