#include "core/optim/adamw.h"

#include <cmath>
#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "core/optim/grad_clip.h"

namespace lab {
namespace {

FlatParams TwoParameters() { return FlatParams({{"decayed", {10, 10}, true}, {"plain", {7}}}); }

TEST(AdamW, MovesByTheRateAtItsFirstStep) {
  FlatParams params = TwoParameters();
  params.weights().fill_(1);
  params.gradients().fill_(0.3f);
  OptimConfig config;
  config.weight_decay = 0.5;
  AdamW optimizer(params, config);
  const UpdateSize size = optimizer.Step(0.01, 1.0);
  // m̂/√v̂ = 1 after one step; decay takes 0.01 · 0.5 more.
  EXPECT_NEAR(params.Find("decayed")->value.detach()[3][3].item<double>(), 1 - 0.01 - 0.005, 1e-6);
  EXPECT_NEAR(params.Find("plain")->value.detach()[3].item<double>(), 1 - 0.01, 1e-6);
  EXPECT_EQ(optimizer.step_count(), 1);
  EXPECT_GT(size.update_norm, 0.01 * std::sqrt(100.0));
  EXPECT_GT(size.ratio(), 0.01);
  EXPECT_LT(size.ratio(), 0.02);
}

TEST(AdamW, LeavesPaddingAtZero) {
  FlatParams params = TwoParameters();
  for (const Parameter& parameter : params.all()) parameter.grad.fill_(1);
  AdamW optimizer(params, {});
  for (int step = 0; step < 3; ++step) optimizer.Step(0.1, 1.0);
  EXPECT_EQ(params.weights().narrow(0, 100, 12).abs().max().item<float>(), 0);
}

TEST(AdamW, GoesOnBitForBitFromItsState) {
  auto gradient = [](FlatParams& params, int step) {
    for (int64_t i = 0; i < params.gradients().numel(); ++i) {
      params.gradients().mutable_data_ptr<float>()[i] =
          static_cast<float>(std::sin(static_cast<double>(i * 7 + step)));
    }
  };
  FlatParams a = TwoParameters(), b = TwoParameters();
  AdamW whole(a, {}), first(b, {});
  for (int step = 1; step <= 6; ++step) {
    gradient(a, step);
    whole.Step(0.01, 0.7);
  }
  for (int step = 1; step <= 3; ++step) {
    gradient(b, step);
    first.Step(0.01, 0.7);
  }
  AdamW second(b, {});
  second.exp_avg().copy_(first.exp_avg());
  second.exp_avg_sq().copy_(first.exp_avg_sq());
  second.set_step_count(first.step_count());
  for (int step = 4; step <= 6; ++step) {
    gradient(b, step);
    second.Step(0.01, 0.7);
  }
  EXPECT_TRUE(at::equal(a.weights(), b.weights()));
  EXPECT_TRUE(at::equal(whole.exp_avg_sq(), second.exp_avg_sq()));
}

TEST(GradientNorm, CountsEveryParameterOnce) {
  FlatParams params = TwoParameters();
  params.Find("decayed")->grad.fill_(2);
  params.Find("plain")->grad.fill_(-3);
  EXPECT_DOUBLE_EQ(GradientNorm(params), std::sqrt(100 * 4.0 + 7 * 9.0));
  params.Find("plain")->grad.fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(std::isnan(GradientNorm(params)));
}

TEST(ClipFactor, ShrinksLongGradientsOnly) {
  EXPECT_EQ(ClipFactor(0.5, 1.0), 1);
  EXPECT_NEAR(ClipFactor(4.0, 1.0), 0.25, 1e-6);
  EXPECT_EQ(ClipFactor(1e9, 0), 1);
}

}  // namespace
}  // namespace lab
