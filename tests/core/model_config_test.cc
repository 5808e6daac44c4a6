// The `model:` section, its presets, and config.json.

#include "core/model/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "core/config/config.h"
#include "core/model/estimate.h"
#include "core/model/gpt2.h"
#include "core/model/hf_config.h"
#include "core/model/registry.h"

namespace lab {
namespace {

using testing::HasSubstr;

Parsed<ModelConfig> Parse(const std::string& yaml) {
  ConfigText text;
  text.text = yaml;
  return ParseConfig<ModelConfig>(text);
}

TEST(ModelConfig, FillsAPresetAndKeepsWhatIsGiven) {
  ModelConfig config;
  config.layers = 3;
  const absl::StatusOr<ModelConfig> resolved = ResolveModel(config);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  const Gpt2Shape shape = ShapeOf(*resolved, 4096);
  EXPECT_EQ(shape.layers, 3);
  EXPECT_EQ(shape.width, 256);
  EXPECT_EQ(shape.heads, 8);
  EXPECT_EQ(shape.context, 256);
  EXPECT_EQ(shape.vocab, 4096);
  EXPECT_TRUE(shape.tie_embeddings);
  EXPECT_FALSE(shape.qkv_bias);
  EXPECT_EQ(shape.embd_dropout, 0);
}

TEST(ModelConfig, HasEveryPreset) {
  for (const std::string& name : ModelPresets()) {
    ModelConfig config;
    config.preset = name;
    const absl::StatusOr<ModelConfig> resolved = ResolveModel(config);
    ASSERT_TRUE(resolved.ok()) << name << ": " << resolved.status();
    EXPECT_TRUE(resolved->layers && resolved->width && resolved->dropout) << name;
  }
  ModelConfig gpt2;
  gpt2.preset = "gpt2-124m";
  const Gpt2Shape shape = ShapeOf(*ResolveModel(gpt2), 50257);
  EXPECT_EQ(Estimate(shape, 1).parameters, 124439808);
}

TEST(ModelConfig, RefusesWhatCannotBe) {
  EXPECT_TRUE(Parse("preset: small\nheads: 4\n").ok());
  const auto heads = Parse("heads: 7\n");
  ASSERT_EQ(heads.errors.size(), 1u);
  EXPECT_THAT(ToString(heads.errors[0]), HasSubstr("256 is not divisible by 7"));
  EXPECT_EQ(heads.errors[0].field, "heads");
  const auto custom = Parse("preset: custom\nlayers: 2\nwidth: 64\n");
  ASSERT_EQ(custom.errors.size(), 2u);
  EXPECT_THAT(ToString(custom.errors[0]), HasSubstr("must be given"));
  EXPECT_TRUE(Parse("preset: custom\nlayers: 2\nwidth: 64\nheads: 4\ncontext: 8\n").ok());
  EXPECT_FALSE(Parse("preset: giant\n").ok());
  EXPECT_FALSE(Parse("layers: 0\n").ok());
  EXPECT_FALSE(Parse("dropout: 1.0\n").ok());

  ModelConfig incomplete;
  incomplete.preset = "custom";
  EXPECT_EQ(ReasonOf(ResolveModel(incomplete).status()), "CONFIG_INVALID");
}

Gpt2Shape SomeShape() {
  Gpt2Shape shape;
  shape.layers = 2;
  shape.heads = 4;
  shape.width = 32;
  shape.context = 24;
  shape.vocab = 97;
  shape.attn_dropout = 0.25;
  return shape;
}

TEST(HfConfig, ReadsBackWhatItWrites) {
  for (bool tied : {true, false}) {
    for (bool qkv_bias : {true, false}) {
      Gpt2Shape shape = SomeShape();
      shape.tie_embeddings = tied;
      shape.qkv_bias = qkv_bias;
      shape.init_std = 0.125;
      const nlohmann::json json = nlohmann::json::parse(ToHfConfig(shape, 96, 96));
      EXPECT_EQ(json["tie_word_embeddings"], tied);
      EXPECT_EQ(json["resid_pdrop"], 0.0);
      EXPECT_EQ(json.contains("lab"), !qkv_bias);
      const absl::StatusOr<Gpt2Shape> read = FromHfConfig(json);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(*read, shape);
    }
  }
}

TEST(HfConfig, TakesAbsentKeysAsTransformersDoes) {
  nlohmann::json json = nlohmann::json::parse(ToHfConfig(SomeShape(), 0, 0));
  json.erase("tie_word_embeddings");
  json.erase("embd_pdrop");
  json.erase("n_ctx");
  const absl::StatusOr<Gpt2Shape> shape = FromHfConfig(json);
  ASSERT_TRUE(shape.ok()) << shape.status();
  EXPECT_TRUE(shape->tie_embeddings);
  EXPECT_EQ(shape->embd_dropout, 0.1);
  EXPECT_EQ(shape->resid_dropout, 0.0);
}

TEST(HfConfig, NamesTheKeyItRefuses) {
  const nlohmann::json good = nlohmann::json::parse(ToHfConfig(SomeShape(), 0, 0));
  const std::vector<std::pair<const char*, nlohmann::json>> bad = {
      {"n_layer", 0},
      {"n_layer", "2"},
      {"n_embd", 2.5},
      {"n_positions", nullptr},
      {"vocab_size", int64_t{1} << 40},
      {"n_head", 5},
      {"n_inner", 100},
      {"activation_function", "relu"},
      {"scale_attn_weights", false},
      {"scale_attn_by_inverse_layer_idx", true},
      {"layer_norm_epsilon", 1e-6},
      {"resid_pdrop", 1.5},
      {"tie_word_embeddings", "yes"},
      {"lab", 3},
      {"model_type", "bert"}};
  for (const auto& [key, value] : bad) {
    nlohmann::json json = good;
    json[key] = value;
    const absl::StatusOr<Gpt2Shape> shape = FromHfConfig(json);
    ASSERT_FALSE(shape.ok()) << key;
    EXPECT_THAT(std::string(MessageOf(shape.status())), HasSubstr(key));
  }
  EXPECT_FALSE(FromHfConfig(nlohmann::json::array()).ok());
}

TEST(Registry, MakesAModelFromItsConfig) {
  auto model = MakeModel(nlohmann::json::parse(ToHfConfig(SomeShape(), 0, 0)));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ((*model)->vocab_size(), 97);
  EXPECT_EQ((*model)->layer_count(), 2);
  EXPECT_THAT(std::string(MessageOf(MakeModel({{"model_type", "bert"}}).status())),
              HasSubstr("bert"));
  EXPECT_FALSE(MakeModel(nlohmann::json::array()).ok());
}

TEST(Estimate, CountsWhatTheModelHolds) {
  for (bool tied : {true, false}) {
    for (bool qkv_bias : {true, false}) {
      Gpt2Shape shape = SomeShape();
      shape.tie_embeddings = tied;
      shape.qkv_bias = qkv_bias;
      EXPECT_EQ(Estimate(shape, 1).parameters, Gpt2(shape).parameters().count());
    }
  }
  Gpt2Shape nano = ShapeOf(*ResolveModel({}), 50257);
  EXPECT_NEAR(static_cast<double>(Estimate(nano, 8).parameters), 17.7e6, 0.05e6);
  nano.tie_embeddings = false;
  EXPECT_NEAR(static_cast<double>(Estimate(nano, 8).parameters), 30.5e6, 0.05e6);
}

TEST(Estimate, FollowsItsFormulas) {
  const Gpt2Shape nano = ShapeOf(*ResolveModel({}), 4096);
  const ModelEstimate estimate = Estimate(nano, 8);
  const double blocks = 6 * (12 * 256 * 256 + 10 * 256.0) + 2 * 256;  // no q, k, v biases
  EXPECT_NEAR(estimate.flops_per_token, 6 * (blocks + 4096 * 256) + 12 * 6 * 256 * 256.0, 1);
  int64_t sum = 0;
  for (const MemoryItem& item : estimate.memory) {
    EXPECT_GT(item.bytes, 0) << item.name;
    EXPECT_FALSE(item.formula.empty());
    sum += item.bytes;
  }
  EXPECT_EQ(sum, estimate.memory_bytes);
  EXPECT_EQ(estimate.memory[0].bytes, 4 * estimate.parameters);
  EXPECT_NEAR(EstimateSeconds(estimate, 1000, 1e9), estimate.flops_per_token / 1e6, 1e-9);
  // A larger batch costs activations and logits, not weights.
  EXPECT_GT(Estimate(nano, 16).memory_bytes, estimate.memory_bytes + 100'000'000);
  EXPECT_EQ(Estimate(nano, 16).memory[0].bytes, estimate.memory[0].bytes);
}

}  // namespace
}  // namespace lab
