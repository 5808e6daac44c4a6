// bf16 weights and activations with fp32 sums, gradients and master copies: beside PyTorch doing
// the same (tests/golden/make_bf16_golden.py), beside our own fp32, and beside itself computed
// another way.

#include <cmath>
#include <string>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/checkpoint/safetensors.h"
#include "core/model/functions.h"
#include "core/model/gpt2.h"
#include "core/model/hf_config.h"
#include "core/model/init.h"
#include "core/model/kv_cache.h"
#include "core/model/products.h"
#include "core/optim/adamw.h"
#include "core/optim/grad_clip.h"
#include "tests/support/tiny_model.h"

namespace lab {
namespace {

// ‖a − b‖ / ‖b‖.
double Deviation(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.detach().to(at::kDouble), y = b.detach().to(at::kDouble);
  return ((x - y).norm() / y.norm()).item<double>();
}

at::Tensor LossOf(Gpt2& model, const at::Tensor& window, const ForwardContext& context = {}) {
  const int64_t T = window.size(1) - 1;
  return model.Loss(window.narrow(1, 0, T), window.narrow(1, 1, T), context);
}

// The same weights, each a bf16 number, in a model of either precision.
Gpt2 FilledModel(const Gpt2Shape& shape, Precision precision) {
  Gpt2 model(shape, precision), source(shape);
  FillWeights(source, 8);
  for (size_t i = 0; const Parameter& parameter : source.parameters().all()) {
    model.parameters().all()[i++].value.detach().copy_(parameter.value.detach().to(at::kBFloat16));
  }
  return model;
}

Gpt2Shape ShapeWithDropout(double dropout) {
  Gpt2Shape shape = TinyShape();
  shape.embd_dropout = shape.attn_dropout = shape.resid_dropout = dropout;
  return shape;
}

TEST(Gpt2Bf16, KeepsWeightsInBf16AndGradientsInFp32) {
  Gpt2 model = FilledModel(TinyShape(), Precision::kBf16);
  EXPECT_EQ(model.parameters().weights().scalar_type(), at::kBFloat16);
  EXPECT_EQ(model.parameters().gradients().scalar_type(), at::kFloat);
  const at::Tensor loss = LossOf(model, RandomTokens(2, 25, 61, 1));
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  loss.backward();
  for (const Parameter& parameter : model.parameters().all()) {
    EXPECT_GT(parameter.grad.abs().max().item<float>(), 0) << parameter.spec.name;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(parameter.value.const_data_ptr()) % 64, 0u);
  }
}

TEST(Gpt2Bf16, GivesFp32sLossAndGradientsUpToItsRounding) {
  for (double dropout : {0.0, 0.2}) {
    for (bool tied : {true, false}) {
      Gpt2Shape shape = ShapeWithDropout(dropout);
      shape.tie_embeddings = tied;
      Gpt2 wide = FilledModel(shape, Precision::kFp32),
           narrow = FilledModel(shape, Precision::kBf16);
      const at::Tensor window = RandomTokens(4, 25, shape.vocab, 1);
      const DropoutKey key{5, 7, 0};
      const at::Tensor expected = LossOf(wide, window, {.dropout = &key});
      const at::Tensor loss = LossOf(narrow, window, {.dropout = &key});
      expected.backward();
      loss.backward();
      EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 5e-3 * expected.item<double>());
      for (size_t i = 0; i < wide.parameters().all().size(); ++i) {
        const Parameter& parameter = wide.parameters().all()[i];
        if (parameter.spec.name.find("c_attn.bias") != std::string::npos) continue;  // a third is 0
        EXPECT_LT(Deviation(narrow.parameters().all()[i].grad, parameter.grad), 0.03)
            << parameter.spec.name;
      }
    }
  }
}

TEST(Gpt2Bf16, FusedAndExplicitAttentionAgree) {
  Gpt2Shape shape = ShapeWithDropout(0.2);
  Gpt2 fused = FilledModel(shape, Precision::kBf16);
  shape.attention = AttentionKind::kExplicit;
  Gpt2 spelled = FilledModel(shape, Precision::kBf16);
  const at::Tensor window = RandomTokens(3, 25, shape.vocab, 2);
  const DropoutKey key{5, 7, 0};
  const at::Tensor a = LossOf(fused, window, {.dropout = &key});
  const at::Tensor b = LossOf(spelled, window, {.dropout = &key});
  EXPECT_NEAR(a.item<double>(), b.item<double>(), 1e-3 * a.item<double>());
  a.backward();
  b.backward();
  EXPECT_LT(Deviation(spelled.parameters().gradients(), fused.parameters().gradients()), 0.01);
}

TEST(Gpt2Bf16, LossAndGradientsDoNotDependOnTheSplitOfTheBatch) {
  Gpt2 model = FilledModel(TinyShape(), Precision::kBf16);
  const at::Tensor window = RandomTokens(8, 25, 61, 3);
  auto run = [&](int64_t micro) {
    model.parameters().ZeroGradients();
    double total = 0;
    for (int64_t row = 0; row < 8; row += micro) {
      const at::Tensor loss = LossOf(model, window.narrow(0, row, micro));
      (loss * (static_cast<double>(micro) / 8)).backward();
      total += loss.item<double>() * static_cast<double>(micro) / 8;
    }
    return std::pair(total, model.parameters().gradients().clone());
  };
  const auto [whole, gradients] = run(8);
  for (int64_t micro : {4, 2, 1}) {
    const auto [loss, parts] = run(micro);
    EXPECT_NEAR(loss, whole, 1e-3 * whole) << micro;
    EXPECT_LT(Deviation(parts, gradients), 5e-3) << micro;
  }
}

TEST(Gpt2Bf16, TakesPyTorchsTenStepsWithMasterCopies) {
  auto file = SafetensorsFile::Open(LAB_GOLDEN_DIR "/gpt2_bf16.safetensors");
  ASSERT_TRUE(file.ok()) << file.status();
  auto load = [&](const std::string& name) {
    auto tensor = file->Load(name);
    EXPECT_TRUE(tensor.ok()) << tensor.status();
    return *tensor;
  };
  auto shape = FromHfConfig(nlohmann::json::parse(file->metadata().at("config")));
  ASSERT_TRUE(shape.ok()) << shape.status();
  Gpt2 model(*shape, Precision::kBf16);
  for (const Parameter& parameter : model.parameters().all()) {
    parameter.value.detach().copy_(load("weights/" + parameter.spec.name));
  }
  AdamW optimizer(model.parameters(), {});
  const at::Tensor start = optimizer.masters().clone();
  const at::Tensor losses = load("losses"), norms = load("norms"), windows = load("windows");
  for (int64_t step = 0; step < losses.numel(); ++step) {
    model.parameters().ZeroGradients();
    const at::Tensor loss = LossOf(model, windows.select(0, step));
    loss.backward();
    const double norm = GradientNorm(model.parameters());
    EXPECT_NEAR(loss.item<double>(), losses[step].item<double>(), 5e-3) << "step " << step;
    EXPECT_NEAR(norm, norms[step].item<double>(), 0.02 * norm) << "step " << step;
    optimizer.Step(3e-3, ClipFactor(norm, 1.0));
  }
  // How far apart the ends are, as a share of the way there. AdamW takes full steps along
  // gradients that are mostly rounding noise, so a few per cent are bf16's own.
  double apart = 0, way = 0;
  for (const Parameter& parameter : model.parameters().all()) {
    if (parameter.spec.name.find("c_attn.bias") != std::string::npos) continue;
    auto part = [&](const at::Tensor& flat) {
      return flat.narrow(0, parameter.offset, parameter.value.numel());
    };
    const at::Tensor golden = load("final/" + parameter.spec.name).view({-1});
    apart += (part(optimizer.masters()) - golden).pow(2).sum().item<double>();
    way += (golden - part(start)).pow(2).sum().item<double>();
  }
  EXPECT_LT(std::sqrt(apart / way), 0.15);
  EXPECT_TRUE(at::equal(model.parameters().weights(), optimizer.masters().to(at::kBFloat16)));
}

TEST(Gpt2Bf16, MastersKeepStepsThatBf16WouldSwallow) {
  FlatParams params({{"w", {64}, false}}, Precision::kBf16);
  params.weights().fill_(1);
  AdamW optimizer(params, {});
  for (int step = 0; step < 100; ++step) {
    params.gradients().fill_(1);
    optimizer.Step(1e-4, 1.0);  // a tenth of what bf16 can tell from 1 below it
  }
  EXPECT_NEAR(optimizer.masters()[3].item<double>(), 1 - 0.01, 1e-5);
  EXPECT_NEAR(params.weights()[3].item<double>(), 1 - 0.01, 1.0 / 256);
  EXPECT_LT(params.weights()[3].item<double>(), 1);
}

TEST(Gpt2Bf16, StartsAsFp32DoesRounded) {
  Gpt2 wide(TinyShape()), narrow(TinyShape(), Precision::kBf16);
  InitializeGpt2(wide, 4);
  InitializeGpt2(narrow, 4);
  for (size_t i = 0; const Parameter& parameter : wide.parameters().all()) {
    EXPECT_TRUE(at::equal(parameter.value.detach().to(at::kBFloat16),
                          narrow.parameters().all()[i++].value.detach()))
        << parameter.spec.name;
  }
}

TEST(Gpt2Bf16, GeneratesInFp32FromTheSameWeights) {
  Gpt2 model = FilledModel(TinyShape(), Precision::kBf16);
  EXPECT_THROW(model.MakeCache(1), c10::Error);
  auto copy = model.CopyInFp32();
  EXPECT_EQ(copy->parameters().precision(), Precision::kFp32);
  EXPECT_NO_THROW(copy->MakeCache(1));
  Gpt2 wide = FilledModel(TinyShape(), Precision::kFp32);
  at::NoGradGuard no_grad;
  const at::Tensor tokens = RandomTokens(1, 9, 61, 5);
  const at::Tensor hidden = wide.Hidden(tokens, {});
  EXPECT_TRUE(at::equal(copy->Hidden(tokens, {}), hidden));
  const at::Tensor logits = model.Logits(model.Hidden(tokens, {}));
  EXPECT_EQ(logits.numel(), 9 * 61);
  EXPECT_LT(Deviation(logits, wide.Logits(hidden)), 0.02);
}

TEST(Products, AreTheSameOnAProcessorWithoutBf16) {
  const at::Tensor a = at::randn({70, 96}).to(at::kBFloat16),
                   b = at::randn({96, 130}).to(at::kBFloat16);
  const at::Tensor bias = at::randn({130}).to(at::kBFloat16);
  const at::Tensor exact = at::matmul(a.to(at::kDouble), b.to(at::kDouble));
  for (bool widen : {false, true}) {
    const at::Tensor y = Product(a, b, {}, widen);
    EXPECT_EQ(y.scalar_type(), at::kBFloat16);
    EXPECT_LT(Deviation(y, exact), 2e-3) << widen;
    EXPECT_LT(Deviation(Product(a, b, bias, widen), exact + bias.to(at::kDouble)), 3e-3) << widen;
    at::Tensor out = at::zeros({70, 130}, at::kBFloat16);
    ProductInto(out, a, b, widen);
    EXPECT_TRUE(at::equal(out, y)) << widen;
  }
}

TEST(Products, AddIntoFp32Gradients) {
  const at::Tensor a = at::randn({96, 70}), b = at::randn({96, 130});
  const at::Tensor exact =
      at::matmul(a.to(at::kBFloat16).to(at::kDouble).t(), b.to(at::kBFloat16).to(at::kDouble));
  at::Tensor gradient = at::zeros({70, 130});
  AddTransposedProduct(gradient, a.to(at::kBFloat16), b.to(at::kBFloat16));
  AddTransposedProduct(gradient, a.to(at::kBFloat16), b.to(at::kBFloat16));
  EXPECT_LT(Deviation(gradient, exact * 2), 1e-6);  // no rounding to bf16 on the way
  gradient.zero_();
  AddTransposedProduct(gradient, a, b);
  EXPECT_LT(Deviation(gradient, at::matmul(a.t(), b)), 1e-6);
}

}  // namespace
}  // namespace lab
