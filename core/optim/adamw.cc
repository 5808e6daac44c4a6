#include "core/optim/adamw.h"

#include <cmath>

#include <ATen/ops/zeros_like.h>

#include "core/kernels/adamw.h"

namespace lab {

AdamW::AdamW(FlatParams& parameters, const OptimConfig& config)
    : parameters_(parameters),
      config_(config),
      exp_avg_(at::zeros_like(parameters.gradients())),
      exp_avg_sq_(at::zeros_like(parameters.gradients())) {
  if (parameters.precision() == Precision::kBf16) masters_ = parameters.weights().to(at::kFloat);
}

UpdateSize AdamW::Step(double learning_rate, double gradient_factor) {
  kernels::AdamWStep step;
  step.learning_rate = learning_rate;
  step.beta1 = config_.beta1;
  step.beta2 = config_.beta2;
  step.epsilon = config_.epsilon;
  step.weight_decay = config_.weight_decay;
  step.gradient_factor = gradient_factor;
  step.step = ++step_count_;
  const at::Tensor& weights = parameters_.weights();
  const bool rounds = masters_.defined();
  const kernels::AdamWSums sums = kernels::AdamWUpdate(
      step, parameters_.decayed_size(), weights.numel(),
      (rounds ? masters_ : weights).mutable_data_ptr<float>(),
      parameters_.gradients().const_data_ptr<float>(), exp_avg_.mutable_data_ptr<float>(),
      exp_avg_sq_.mutable_data_ptr<float>(),
      rounds ? reinterpret_cast<kernels::BFloat16*>(weights.mutable_data_ptr<at::BFloat16>())
             : nullptr);
  return {std::sqrt(sums.update_squared), std::sqrt(sums.weight_squared)};
}

}  // namespace lab
