// What is seen inside a model beside PyTorch's: attention, residual stream, lens, attributions.
// The file comes from tests/golden/make_inspect_golden.py.

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/checkpoint/safetensors.h"
#include "core/inspect/capture.h"
#include "core/inspect/head_scores.h"
#include "core/inspect/logit_lens.h"
#include "core/inspect/residual_stats.h"
#include "core/model/gpt2.h"
#include "core/model/hf_config.h"
#include "tests/support/tiny_model.h"

namespace lab {
namespace {

constexpr double kExact = 1e-5;

class InspectGolden : public testing::TestWithParam<AttentionKind> {
 protected:
  void SetUp() override {
    auto weights = SafetensorsFile::Open(LAB_GOLDEN_DIR "/gpt2_untied.safetensors");
    auto golden = SafetensorsFile::Open(LAB_GOLDEN_DIR "/inspect.safetensors");
    ASSERT_TRUE(weights.ok() && golden.ok()) << weights.status() << golden.status();
    golden_ = std::make_unique<SafetensorsFile>(*std::move(golden));
    auto shape = FromHfConfig(nlohmann::json::parse(weights->metadata().at("config")));
    ASSERT_TRUE(shape.ok()) << shape.status();
    shape->attention = GetParam();
    model_ = std::make_unique<Gpt2>(*shape);
    for (const Parameter& parameter : model_->parameters().all()) {
      parameter.value.detach().copy_(*weights->Load("weights/" + parameter.spec.name));
    }
    tokens_ = Golden("tokens");
    std::vector<std::string> names = AttributionHooks(*model_);
    for (int64_t layer = 0; layer < model_->layer_count(); ++layer) {
      for (const char* point :
           {"attn.hook_pattern", "attn.hook_v", "hook_resid_pre", "hook_resid_mid"}) {
        names.push_back(HookName(layer, point));
      }
    }
    heard_ = std::make_unique<Capture>(names);
    ForwardContext context;
    context.listener = heard_.get();
    logits_ = model_->Logits(model_->Hidden(tokens_.unsqueeze(0), context))[0];
  }
  at::Tensor Golden(const std::string& name) {
    auto tensor = golden_->Load(name);
    EXPECT_TRUE(tensor.ok()) << tensor.status();
    return *tensor;
  }
  at::Tensor Patterns() {
    std::vector<at::Tensor> patterns;
    for (int64_t layer = 0; layer < model_->layer_count(); ++layer) {
      patterns.push_back((*heard_)[HookName(layer, "attn.hook_pattern")][0]);
    }
    return at::stack(patterns);
  }
  at::Tensor Stream() {
    std::vector<at::Tensor> points = {(*heard_)["blocks.0.hook_resid_pre"][0]};
    for (int64_t layer = 0; layer < model_->layer_count(); ++layer) {
      points.push_back((*heard_)[HookName(layer, "hook_resid_mid")][0]);
      points.push_back((*heard_)[HookName(layer, "hook_resid_post")][0]);
    }
    return at::stack(points);
  }
  void ExpectNear(const at::Tensor& ours, const std::string& name, double tolerance = kExact) {
    const at::Tensor golden = Golden(name);
    ASSERT_EQ(ours.sizes(), golden.sizes()) << name;
    EXPECT_LT(Distance(ours, golden), tolerance) << name;
  }

  at::NoGradGuard no_grad_;
  std::unique_ptr<SafetensorsFile> golden_;
  std::unique_ptr<Gpt2> model_;
  std::unique_ptr<Capture> heard_;
  at::Tensor tokens_, logits_;
};

TEST_P(InspectGolden, PatternsAndScores) {
  const at::Tensor patterns = Patterns();
  ExpectNear(patterns, "patterns");
  const at::Tensor golden = Golden("scores");  // [S, L, H]
  ASSERT_EQ(golden.size(0) + 2, static_cast<int64_t>(HeadScores().size()));
  for (int64_t layer = 0; layer < model_->layer_count(); ++layer) {
    EXPECT_LT(Distance(ScoreHeads(patterns[layer], tokens_), golden.select(1, layer)), kExact);
  }
  for (int64_t layer = 0; layer < model_->layer_count(); ++layer) {
    const at::Tensor ours =
        ValueWeighted(patterns[layer], (*heard_)[HookName(layer, "attn.hook_v")][0]);
    EXPECT_LT(Distance(ours, Golden("value_weighted")[layer]), kExact);
  }
  // Rows sum to 1, and nobody looks ahead.
  EXPECT_LT(Distance(patterns.sum(-1), at::ones_like(patterns.sum(-1))), 1e-6);
  EXPECT_EQ(patterns.triu(1).abs().max().item<double>(), 0);
}

TEST_P(InspectGolden, ResidualStream) {
  const at::Tensor stream = Stream();
  ExpectNear(stream, "stream");
  const StreamStats stats = StatsOf(stream);
  ExpectNear(at::stack({stats.mean, stats.std, stats.min, stats.max, stats.norm}, -1), "stats");
  const at::Tensor end = stream[stream.size(0) - 1];
  ExpectNear(TokenCosines(end, false), "token_cosines");
  ExpectNear(TokenCosines(end, true), "token_cosines_centred");
  ExpectNear(PointCosines(stream, true), "point_cosines_centred");
  const Components components = PrincipalComponents(end, 3);
  ExpectNear(components.shares, "pca_shares");
  ExpectNear(components.places, "pca_places", 1e-4);
}

TEST_P(InspectGolden, EachPartAddsWhatItSays) {
  at::Tensor sum = (*heard_)["hook_embed"] + (*heard_)["hook_pos_embed"];
  for (int64_t layer = 0; layer < model_->layer_count(); ++layer) {
    sum = sum + (*heard_)[HookName(layer, "hook_attn_out")] +
          (*heard_)[HookName(layer, "hook_mlp_out")];
    EXPECT_LT(Distance(sum, (*heard_)[HookName(layer, "hook_resid_post")]), kExact) << layer;
  }
}

TEST_P(InspectGolden, LensesEndInTheModel) {
  const at::Tensor stream = Stream();
  const int64_t T = tokens_.size(0);
  const Lens lens = LogitLens(*model_, stream, stream[stream.size(0) - 1], tokens_, 5);
  EXPECT_TRUE(at::equal(lens.top_ids, Golden("lens_top_ids")));
  ExpectNear(lens.top_probabilities, "lens_top_probabilities");
  ExpectNear(lens.kl, "lens_kl");
  ExpectNear(lens.entropy, "lens_entropy");
  ExpectNear(lens.next_probability.slice(1, 0, T - 1), "lens_next_probability");
  EXPECT_TRUE(at::equal(lens.next_rank.slice(1, 0, T - 1), Golden("lens_next_rank")));
  EXPECT_TRUE(lens.next_probability.select(1, T - 1).isnan().all().item<bool>());
  EXPECT_TRUE((lens.next_rank.select(1, T - 1) == -1).all().item<bool>());
  EXPECT_EQ(lens.kl[stream.size(0) - 1].abs().max().item<double>(), 0);
  const at::Tensor last = model_->Logits(model_->FinalNorm(stream[stream.size(0) - 1]));
  EXPECT_LT(Distance(last, logits_), 1e-6);
}

TEST_P(InspectGolden, AttributionsSumToTheLogit) {
  const int64_t position = Golden("attributed")[0].item<int64_t>();
  const int64_t target = Golden("attributed")[1].item<int64_t>();
  const int64_t T = tokens_.size(0);
  // At all positions for this target; the golden one among them.
  const Attribution found =
      Attribute(*model_, *heard_, at::arange(T), at::full({T}, target, at::kLong));
  const at::Tensor shares = Golden("shares");
  ASSERT_EQ(found.shares.sizes(), at::IntArrayRef({T, shares.size(0)}));
  EXPECT_EQ(static_cast<int64_t>(AttributionNames(*model_).size()), shares.size(0));
  EXPECT_LT(Distance(found.shares[position], shares), kExact);
  EXPECT_LT(Distance(found.shares.sum(-1), found.logits), kExact);
  EXPECT_LT(Distance(found.logits, logits_.select(1, target)), kExact);
  EXPECT_LT(Distance(found.heads[position], Golden("head_shares")), kExact);
  // A layer's heads and its bias are its attention.
  EXPECT_LT(Distance(found.heads.select(1, 0).sum(-1) + found.head_biases.select(1, 0),
                     found.shares.select(1, 2)),
            kExact);
}

TEST_P(InspectGolden, ListeningChangesNoBit) {
  EXPECT_TRUE(at::equal(model_->Logits(model_->Hidden(tokens_.unsqueeze(0), {}))[0], logits_));
}

INSTANTIATE_TEST_SUITE_P(Kinds, InspectGolden,
                         testing::Values(AttentionKind::kFused, AttentionKind::kExplicit));

// A head that does exactly one thing has exactly that score.
TEST(HeadScoresTest, OnlyAHeadThatFindsThePassageScoresOne) {
  const RepeatedTexts texts = RepeatedRandomTexts(16, 50, 49, 3);
  const int64_t rows = texts.tokens.size(0), T = texts.tokens.size(1);
  ASSERT_EQ(rows, 8);
  EXPECT_EQ((texts.tokens == 49).sum().item<int64_t>(), rows);
  at::Tensor perfect = at::zeros({rows, 1, T, T}), positional = at::zeros({rows, 1, T, T});
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t length = texts.lengths[static_cast<size_t>(row)];
    EXPECT_TRUE(at::equal(texts.tokens[row].slice(0, 1, 1 + length),
                          texts.tokens[row].slice(0, 1 + length, 1 + 2 * length)));
    for (int64_t q = 0; q < T; ++q) {
      const bool second = q > length && q <= 2 * length;
      perfect[row][0][q][second ? q - length + 1 : 0] = 1;
      positional[row][0][q][std::max<int64_t>(0, q - 15)] = 1;
    }
  }
  EXPECT_FLOAT_EQ(RepeatedInductionScore(perfect, texts.lengths)[0].item<float>(), 1);
  // One that always looks 15 back is right in one row, where the passage has 16 tokens.
  EXPECT_NEAR(RepeatedInductionScore(positional, texts.lengths)[0].item<float>(), 1.0 / 8, 1e-6);
  // One that looks two places further on than it should.
  const at::Tensor shifted = perfect.roll({2}, {-1});
  EXPECT_FLOAT_EQ(RepeatedInductionScore(shifted, texts.lengths, 2)[0].item<float>(), 1);
  EXPECT_LT(RepeatedInductionScore(shifted, texts.lengths)[0].item<float>(), 0.01);
  EXPECT_LT(RepeatedInductionScore(shifted, texts.lengths, 1)[0].item<float>(), 0.01);
  EXPECT_TRUE(std::isnan(RepeatedInductionScore(perfect, {2, 2}, 3)[0].item<float>()));
  EXPECT_FLOAT_EQ(MassOn(at::eye(9).roll({-1}, {1}).tril(), PreviousTokenTemplate(9)).item<float>(),
                  1);
}

TEST(HeadScoresTest, WhatHasNoMeaningIsNotANumber) {
  const at::Tensor scores = ScoreHeads(at::ones({1, 1, 1}), at::zeros({1}, at::kLong));
  for (int64_t i = 0; i < scores.size(0); ++i) {
    const std::string& name = HeadScores()[static_cast<size_t>(i)].name;
    const bool defined = name == "heads/entropy" || name == "heads/distance";
    EXPECT_EQ(std::isnan(scores[i][0].item<double>()), !defined) << name;
  }
}

TEST(ResidualStatsTest, NamesMassiveActivationsAndTheFirstToken) {
  at::Tensor stream = at::ones({3, 5, 8}) * 0.1;
  stream[1][0][3] = -400;
  stream[2][4][7] = 150;
  const auto found = MassiveActivations(stream, 10);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].point, 1);
  EXPECT_EQ(found[0].channel, 3);
  EXPECT_FLOAT_EQ(static_cast<float>(found[0].value), -400);
  EXPECT_NEAR(found[1].times_median, 1500, 0.1);
  EXPECT_NEAR(FirstTokenOutlier(stream)[0].item<double>(), 1, 1e-6);
  EXPECT_GT(FirstTokenOutlier(stream)[1].item<double>(), 1000);
}

}  // namespace
}  // namespace lab
