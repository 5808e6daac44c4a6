// Hook points: their names, that unheard they do nothing, and that a replaced value acts.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include "core/model/gpt2.h"
#include "core/model/kv_cache.h"
#include "tests/support/tiny_model.h"

namespace lab {
namespace {

class Recorder : public Listener {
 public:
  bool Wants(std::string_view name) const override {
    ++asked;
    return wants(name);
  }
  at::Tensor On(std::string_view name, const at::Tensor& value) override {
    order.emplace_back(name);
    heard[std::string(name)] = value.detach().clone();
    return replace ? replace(name, value) : value;
  }

  std::function<bool(std::string_view)> wants = [](std::string_view) { return true; };
  std::function<at::Tensor(std::string_view, const at::Tensor&)> replace;
  std::map<std::string, at::Tensor> heard;
  std::vector<std::string> order;
  mutable int asked = 0;
};

class Hooks : public testing::TestWithParam<AttentionKind> {
 protected:
  Hooks() {
    Gpt2Shape shape = TinyShape();
    shape.attention = GetParam();
    model_ = std::make_unique<Gpt2>(shape);
    FillWeights(*model_, 1);
  }
  at::Tensor Hidden(Listener* listener) {
    at::NoGradGuard no_grad;
    ForwardContext context;
    context.listener = listener;
    return model_->Hidden(tokens_, context);
  }
  // Listens to one name and replaces it.
  at::Tensor Replaced(const std::string& name, std::function<at::Tensor(const at::Tensor&)> with,
                      Recorder* recorder) {
    recorder->replace = [=](std::string_view heard, const at::Tensor& value) {
      return heard == name ? with(value) : value;
    };
    return Hidden(recorder);
  }

  std::unique_ptr<Gpt2> model_;
  at::Tensor tokens_ = RandomTokens(2, 9, 61, 2);
};

TEST_P(Hooks, HaveTransformerLensNamesInOrder) {
  Recorder recorder;
  Hidden(&recorder);
  std::vector<std::string> names = {"hook_embed", "hook_pos_embed"};
  for (const char* block : {"blocks.0.", "blocks.1."}) {
    for (const char* name :
         {"hook_resid_pre", "ln1.hook_scale", "ln1.hook_normalized", "attn.hook_q", "attn.hook_k",
          "attn.hook_v", "attn.hook_attn_scores", "attn.hook_pattern", "attn.hook_z",
          "hook_attn_out", "hook_resid_mid", "ln2.hook_scale", "ln2.hook_normalized",
          "mlp.hook_pre", "mlp.hook_post", "hook_mlp_out", "hook_resid_post"}) {
      names.push_back(std::string(block) + name);
    }
  }
  names.push_back("ln_final.hook_scale");
  names.push_back("ln_final.hook_normalized");
  EXPECT_EQ(recorder.order, names);
}

TEST_P(Hooks, HaveTheShapesOfTheirNames) {
  Recorder recorder;
  Hidden(&recorder);
  auto sizes = [&](const char* name) { return recorder.heard.at(name).sizes().vec(); };
  using Sizes = std::vector<int64_t>;
  EXPECT_EQ(sizes("hook_pos_embed"), (Sizes{2, 9, 32}));
  EXPECT_EQ(sizes("blocks.1.attn.hook_q"), (Sizes{2, 9, 4, 8}));
  EXPECT_EQ(sizes("blocks.1.attn.hook_z"), (Sizes{2, 9, 4, 8}));
  EXPECT_EQ(sizes("blocks.1.attn.hook_pattern"), (Sizes{2, 4, 9, 9}));
  EXPECT_EQ(sizes("blocks.1.ln2.hook_scale"), (Sizes{2, 9, 1}));
  EXPECT_EQ(sizes("blocks.0.mlp.hook_pre"), (Sizes{2, 9, 128}));
}

TEST_P(Hooks, HearWhatAddsUp) {
  Recorder recorder;
  const at::Tensor hidden = Hidden(&recorder);
  auto& heard = recorder.heard;
  EXPECT_LT(
      Distance(heard["hook_embed"] + heard["hook_pos_embed"], heard["blocks.0.hook_resid_pre"]),
      1e-6);
  EXPECT_TRUE(at::equal(heard["blocks.0.hook_resid_mid"] + heard["blocks.0.hook_mlp_out"],
                        heard["blocks.0.hook_resid_post"]));
  EXPECT_TRUE(at::equal(heard["ln_final.hook_normalized"], hidden));
  const at::Tensor pattern = heard["blocks.1.attn.hook_pattern"];
  EXPECT_LT(Distance(pattern.sum(-1), at::zeros_like(pattern.sum(-1)) + 1), 1e-6);
  EXPECT_EQ(pattern[0][0][2][3].item<float>(), 0);  // no look into the future
  const at::Tensor z = pattern.matmul(heard["blocks.1.attn.hook_v"].transpose(1, 2));
  EXPECT_LT(Distance(z.transpose(1, 2), heard["blocks.1.attn.hook_z"]), 1e-6);
}

TEST_P(Hooks, UnheardAreNeverCalled) {
  Recorder recorder;
  recorder.wants = [](std::string_view) { return false; };
  EXPECT_TRUE(at::equal(Hidden(&recorder), Hidden(nullptr)));
  EXPECT_GT(recorder.asked, 0);
  EXPECT_TRUE(recorder.order.empty());
}

TEST_P(Hooks, ListeningChangesNoBit) {
  Recorder recorder;
  EXPECT_TRUE(at::equal(Hidden(&recorder), Hidden(nullptr)));
}

TEST_P(Hooks, EveryReplacedValueActs) {
  Recorder all;
  const at::Tensor plain = Hidden(&all);
  for (const std::string& name : all.order) {
    Recorder recorder;
    recorder.wants = [&](std::string_view asked) { return asked == name; };
    const at::Tensor changed = Replaced(
        name, [](const at::Tensor& x) { return x.flip(-1) * 0.5; }, &recorder);
    EXPECT_EQ(recorder.order, std::vector<std::string>{name});
    EXPECT_GT(Distance(changed, plain), 1e-4) << name;
  }
}

TEST_P(Hooks, ChangesInPlaceActToo) {
  for (const char* name : {"blocks.0.attn.hook_pattern", "blocks.0.attn.hook_q",
                           "blocks.1.ln1.hook_scale", "blocks.1.hook_resid_mid"}) {
    Recorder recorder;
    recorder.wants = [&](std::string_view asked) { return asked == name; };
    const at::Tensor changed = Replaced(
        name, [](const at::Tensor& x) { return at::Tensor(x).mul_(0.5); }, &recorder);
    EXPECT_GT(Distance(changed, Hidden(nullptr)), 1e-4) << name;
  }
}

TEST_P(Hooks, AReplacedPatternIsTheOneThatIsUsed) {
  Recorder recorder;
  // Every token looks at itself only: z = v.
  Replaced(
      "blocks.1.attn.hook_pattern",
      [](const at::Tensor& x) { return at::eye(x.size(3)).expand_as(x); }, &recorder);
  EXPECT_LT(
      Distance(recorder.heard["blocks.1.attn.hook_z"], recorder.heard["blocks.1.attn.hook_v"]),
      1e-6);
}

TEST_P(Hooks, HearTheTokensOfACache) {
  at::NoGradGuard no_grad;
  Recorder whole, tail;
  Hidden(&whole);
  const std::unique_ptr<KvCache> cache = model_->MakeCache(2);
  ForwardContext context;
  context.cache = cache.get();
  model_->Hidden(tokens_.narrow(1, 0, 6), context);
  context.listener = &tail;
  model_->Hidden(tokens_.narrow(1, 6, 3), context);
  EXPECT_LT(Distance(tail.heard["blocks.1.attn.hook_pattern"],
                     whole.heard["blocks.1.attn.hook_pattern"].narrow(2, 6, 3)),
            1e-5);
}

INSTANTIATE_TEST_SUITE_P(Attention, Hooks,
                         testing::Values(AttentionKind::kFused, AttentionKind::kExplicit),
                         [](const auto& info) {
                           return info.param == AttentionKind::kFused ? "fused" : "explicit";
                         });

TEST(HooksInTraining, GradientsFlowThroughAReplacedValue) {
  Gpt2 model(TinyShape());
  FillWeights(model, 1);
  Recorder recorder;
  recorder.wants = [](std::string_view name) { return name == "blocks.1.attn.hook_pattern"; };
  recorder.replace = [](std::string_view, const at::Tensor& x) { return x * 0.5; };
  ForwardContext context;
  context.listener = &recorder;
  const at::Tensor windows = RandomTokens(2, 25, 61, 1);
  model.Loss(windows.narrow(1, 0, 24), windows.narrow(1, 1, 24), context).backward();
  const Parameter& c_attn = *model.parameters().Find("transformer.h.1.attn.c_attn.weight");
  EXPECT_GT(c_attn.grad.abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace lab
