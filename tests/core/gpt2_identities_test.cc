// What must come out the same whichever way it is computed.

#include <cmath>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "core/model/functions.h"
#include "core/model/gpt2.h"
#include "core/model/head_loss.h"
#include "core/model/init.h"
#include "core/model/kv_cache.h"
#include "tests/support/tiny_model.h"

namespace lab {
namespace {

Gpt2Shape WithDropout(double dropout) {
  Gpt2Shape shape = TinyShape();
  shape.embd_dropout = shape.attn_dropout = shape.resid_dropout = dropout;
  return shape;
}

struct Result {
  double loss;
  at::Tensor gradients;
};

// Loss and gradients of `batch` rows, cut into micro-batches of `micro`.
Result Train(Gpt2& model, const at::Tensor& windows, int64_t micro, const DropoutKey* key) {
  model.parameters().ZeroGradients();
  const int64_t batch = windows.size(0), T = windows.size(1) - 1;
  double total = 0;
  for (int64_t row = 0; row < batch; row += micro) {
    const at::Tensor part = windows.narrow(0, row, micro);
    DropoutKey shifted;
    ForwardContext context;
    if (key) {
      shifted = *key;
      shifted.first_row = row;
      context.dropout = &shifted;
    }
    const at::Tensor loss = model.Loss(part.narrow(1, 0, T), part.narrow(1, 1, T), context);
    (loss * (static_cast<double>(micro) / static_cast<double>(batch))).backward();
    total += loss.item<double>() * static_cast<double>(micro) / static_cast<double>(batch);
  }
  return {total, model.parameters().gradients().clone()};
}

class FusedAndExplicit : public testing::TestWithParam<double> {};

TEST_P(FusedAndExplicit, Agree) {
  Gpt2Shape shape = WithDropout(GetParam());
  const at::Tensor windows = RandomTokens(3, 25, shape.vocab, 1);
  const DropoutKey key{5, 7, 0};
  Gpt2 fused(shape);
  shape.attention = AttentionKind::kExplicit;
  Gpt2 spelled_out(shape);
  FillWeights(fused, 2);
  FillWeights(spelled_out, 2);
  const Result a = Train(fused, windows, 3, &key), b = Train(spelled_out, windows, 3, &key);
  EXPECT_NEAR(a.loss, b.loss, 1e-6);
  EXPECT_LT(Distance(a.gradients, b.gradients), 2e-6);
  EXPECT_GT(a.gradients.abs().max().item<double>(), 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Dropout, FusedAndExplicit, testing::Values(0.0, 0.3));

TEST(Gpt2, SplitsOfABatchAgree) {
  for (double dropout : {0.0, 0.2}) {
    const Gpt2Shape shape = WithDropout(dropout);
    Gpt2 model(shape);
    FillWeights(model, 3);
    const at::Tensor windows = RandomTokens(6, 25, shape.vocab, 4);
    const DropoutKey key{9, 2, 0};
    const Result whole = Train(model, windows, 6, &key);
    for (int64_t micro : {1, 2, 3}) {
      const Result cut = Train(model, windows, micro, &key);
      EXPECT_NEAR(cut.loss, whole.loss, 1e-6) << micro << " rows, dropout " << dropout;
      EXPECT_LT(Distance(cut.gradients, whole.gradients), 1e-6) << micro;
    }
  }
}

TEST(Gpt2, RepeatsItselfBitForBit) {
  const Gpt2Shape shape = WithDropout(0.2);
  Gpt2 model(shape);
  FillWeights(model, 3);
  const at::Tensor windows = RandomTokens(4, 25, shape.vocab, 4);
  const DropoutKey key{9, 2, 0}, other_step{9, 3, 0}, other_seed{8, 2, 0};
  const Result a = Train(model, windows, 2, &key), b = Train(model, windows, 2, &key);
  EXPECT_EQ(a.loss, b.loss);
  EXPECT_TRUE(at::equal(a.gradients, b.gradients));
  EXPECT_NE(Train(model, windows, 2, &other_step).loss, a.loss);
  EXPECT_NE(Train(model, windows, 2, &other_seed).loss, a.loss);
  EXPECT_NE(Train(model, windows, 2, nullptr).loss, a.loss);
}

TEST(Gpt2, CachedEqualsUncached) {
  for (AttentionKind kind : {AttentionKind::kFused, AttentionKind::kExplicit}) {
    Gpt2Shape shape = TinyShape();
    shape.attention = kind;
    Gpt2 model(shape);
    FillWeights(model, 5);
    at::NoGradGuard no_grad;
    const at::Tensor tokens = RandomTokens(2, 24, shape.vocab, 6);
    const at::Tensor whole = model.Logits(model.Hidden(tokens, {}));
    const std::unique_ptr<KvCache> cache = model.MakeCache(2);
    ForwardContext context;
    context.cache = cache.get();
    std::vector<at::Tensor> parts;
    for (int64_t size : {5, 1, 1, 9, 1, 7}) {
      parts.push_back(model.Logits(model.Hidden(tokens.narrow(1, cache->length(), size), context)));
    }
    EXPECT_EQ(cache->length(), 24);
    EXPECT_LT(Distance(at::cat(parts, 1), whole), 1e-5);

    cache->Truncate(10);
    const at::Tensor again = model.Logits(model.Hidden(tokens.narrow(1, 10, 14), context));
    EXPECT_LT(Distance(again, whole.narrow(1, 10, 14)), 1e-5);
  }
}

TEST(Gpt2, RefusesMoreTokensThanItsContext) {
  Gpt2 model(TinyShape());
  EXPECT_THROW(model.Hidden(RandomTokens(1, 25, 61, 1), {}), c10::Error);
  const std::unique_ptr<KvCache> cache = model.MakeCache(1);
  ForwardContext context;
  context.cache = cache.get();
  model.Hidden(RandomTokens(1, 20, 61, 1), context);
  EXPECT_THROW(model.Hidden(RandomTokens(1, 5, 61, 1), context), c10::Error);
}

TEST(Gpt2, RefusesIdsOutsideItsVocabulary) {
  Gpt2 model(TinyShape());
  at::Tensor tokens = RandomTokens(1, 4, 61, 1), wrong = tokens.clone();
  wrong[0][2] = 61;
  EXPECT_THROW(model.Hidden(wrong, {}), c10::Error);
  EXPECT_THROW(model.Loss(tokens, wrong, {}), c10::Error);
}

TEST(Gpt2, StartsAtTheLossOfGuessing) {
  Gpt2Shape nano;
  nano.layers = 6;
  nano.heads = 8;
  nano.width = 256;
  nano.context = 256;
  nano.vocab = 4096;
  nano.qkv_bias = false;
  at::NoGradGuard no_grad;
  const at::Tensor windows = RandomTokens(1, 257, nano.vocab, 7);
  for (bool tied : {true, false}) {
    nano.tie_embeddings = tied;
    Gpt2 model(nano);
    InitializeGpt2(model, 1);
    const double loss =
        model.Loss(windows.narrow(1, 0, 256), windows.narrow(1, 1, 256), {}).item<double>();
    EXPECT_NEAR(loss, std::log(4096.0), 0.1) << (tied ? "tied" : "untied");
  }
}

TEST(InitializeGpt2, DrawsWhatThePaperSays) {
  Gpt2Shape shape = TinyShape();
  shape.width = 64;
  Gpt2 a(shape), b(shape);
  InitializeGpt2(a, 1);
  InitializeGpt2(b, 2);
  auto deviation = [&](const char* name) {
    return a.parameters().Find(name)->value.detach().std().item<double>();
  };
  EXPECT_NEAR(deviation("transformer.h.1.attn.c_attn.weight"), 0.02, 0.001);
  EXPECT_NEAR(deviation("transformer.h.1.mlp.c_proj.weight"), 0.01, 0.0005);  // 0.02 / √4
  EXPECT_EQ(a.parameters().Find("transformer.h.0.ln_1.weight")->value.detach().min().item<float>(),
            1);
  EXPECT_EQ(a.parameters()
                .Find("transformer.h.0.attn.c_attn.bias")
                ->value.detach()
                .abs()
                .max()
                .item<float>(),
            0);
  EXPECT_GT(Distance(a.parameters().weights(), b.parameters().weights()), 0.01);
  InitializeGpt2(b, 1);
  EXPECT_TRUE(at::equal(a.parameters().weights(), b.parameters().weights()));
  shape.init_std = 0.1;
  Gpt2 wide(shape);
  InitializeGpt2(wide, 1);
  auto embedding = [](const Gpt2& model) {
    return model.parameters().Find("transformer.wte.weight")->value.detach();
  };
  EXPECT_LT(Distance(embedding(wide), 5 * embedding(a)), 1e-6);
}

TEST(HeadLoss, IsTheSameInChunks) {
  Gpt2Shape shape = TinyShape();
  shape.tie_embeddings = false;
  Gpt2 model(shape);
  FillWeights(model, 8);
  const Parameter& head = *model.parameters().Find("lm_head.weight");
  const at::Tensor targets = RandomTokens(2, 7, shape.vocab, 9);
  const at::Tensor x = at::randn({2, 7, shape.width});
  auto run = [&](int64_t kept_bytes, int64_t chunk_bytes, int backwards) {
    const at::Tensor hidden = x.clone().requires_grad_();
    model.parameters().ZeroGradients();
    const at::Tensor loss = HeadLoss(hidden, targets, head.value, kept_bytes, chunk_bytes);
    for (int i = 0; i < backwards; ++i) loss.backward({}, /*retain_graph=*/true);
    return std::vector<at::Tensor>{loss.detach(), hidden.grad(), head.grad.clone()};
  };
  const std::vector<at::Tensor> kept = run(1 << 20, 1 << 20, 1);
  const std::vector<at::Tensor> chunks = run(0, 61 * 4 * 3, 1);  // 3 rows at a time
  const std::vector<at::Tensor> twice = run(1 << 20, 1 << 20, 2);
  for (int i = 0; i < 3; ++i) EXPECT_LT(Distance(kept[i], chunks[i]), 1e-6) << i;
  EXPECT_LT(Distance(twice[1], kept[1] * 2), 1e-6);
  EXPECT_LT(Distance(twice[2], kept[2] * 2), 1e-6);
}

TEST(Functions, LeaveFrozenParametersAlone) {
  Gpt2 model(TinyShape());
  FillWeights(model, 8);
  const Parameter& frozen = *model.parameters().Find("transformer.h.0.mlp.c_fc.weight");
  at::Tensor(frozen.value).requires_grad_(false);
  const at::Tensor windows = RandomTokens(2, 25, 61, 1);
  Train(model, windows, 2, nullptr);
  EXPECT_EQ(frozen.grad.abs().max().item<float>(), 0);
  EXPECT_GT(model.parameters().Find("transformer.wpe.weight")->grad.abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace lab
