// A whole look: what is planned is what comes, selections are parts of the whole, and what cannot
// be had is refused by name.

#include <cmath>
#include <map>

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "core/inspect/inspect.h"
#include "tests/support/tiny_model.h"

namespace lab {
namespace {

using ::testing::Test;

class InspectQueryTest : public Test {
 protected:
  InspectQueryTest() : model_(TinyShape()) {
    FillWeights(model_, 5);
    const at::Tensor ids = RandomTokens(1, 11, 61, 2)[0];
    for (int64_t i = 0; i < ids.size(0); ++i) query_.tokens.push_back(ids[i].item<int64_t>());
    query_.first_token = 60;
  }

  // The results by name, after a check that they are as planned.
  std::map<std::string, at::Tensor> Look() {
    auto plan = PlanInspection(model_, query_);
    auto results = Inspect(model_, query_);
    EXPECT_TRUE(plan.ok() && results.ok()) << plan.status() << results.status();
    if (!plan.ok() || !results.ok()) return {};
    std::map<std::string, at::Tensor> by_name;
    int64_t bytes = 0;
    EXPECT_EQ(plan->tensors.size(), results->size());
    for (size_t i = 0; i < std::min(results->size(), plan->tensors.size()); ++i) {
      const TensorFacts& facts = plan->tensors[i];
      const at::Tensor& x = (*results)[i];
      std::vector<int64_t> shape = facts.shape;
      // How many activations are massive is not known before.
      if (facts.axes[0].name == "rank") shape[0] = x.size(0);
      EXPECT_EQ(x.sizes().vec(), shape) << facts.name;
      EXPECT_EQ(x.scalar_type(), facts.type) << facts.name;
      EXPECT_TRUE(x.is_contiguous()) << facts.name;
      EXPECT_EQ(facts.axes.size(), facts.shape.size()) << facts.name;
      for (size_t axis = 0; axis < facts.axes.size(); ++axis) {
        const auto& labels = facts.axes[axis].labels;
        if (!labels.empty()) {
          EXPECT_EQ(static_cast<int64_t>(labels.size()), facts.shape[axis]) << facts.name;
        }
      }
      bytes += facts.bytes();
      EXPECT_TRUE(by_name.emplace(facts.name, x).second) << facts.name << " twice";
    }
    EXPECT_EQ(plan->result_bytes, bytes);
    return by_name;
  }
  std::string Refusal() {
    auto plan = PlanInspection(model_, query_);
    auto results = Inspect(model_, query_);
    EXPECT_EQ(plan.status(), results.status());
    EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(MessageOf(plan.status()));
  }

  Gpt2 model_;
  InspectQuery query_;
};

TEST_F(InspectQueryTest, EveryQuantityComesAsPlanned) {
  for (const QuantityFacts& facts : KnownQuantities()) query_.quantities.push_back(facts.name);
  const auto all = Look();
  EXPECT_EQ(all.at("blocks.1.attn.hook_pattern").sizes(), at::IntArrayRef({4, 11, 11}));
  EXPECT_EQ(all.at("lens/top_ids").sizes(), at::IntArrayRef({5, 11, 5}));
  EXPECT_TRUE(at::equal(all.at("blocks.0.hook_resid_post"), all.at("blocks.1.hook_resid_pre")));
  // The lens of the last point is the model: KL 0, and its loss is that of the next token.
  EXPECT_EQ(all.at("lens/kl")[4].abs().max().item<double>(), 0);
  const at::Tensor from_lens = -all.at("lens/next_probability")[4].log();
  EXPECT_LT(Distance(from_lens.slice(0, 0, 10), all.at("loss/next").slice(0, 0, 10)), 1e-5);
  // The parts of each logit sum to it.
  const at::Tensor sums = all.at("attribution/components").sum(-1);
  EXPECT_LT(Distance(sums, all.at("attribution/logits")), 1e-4);
}

TEST_F(InspectQueryTest, ASelectionIsAPartOfTheWhole) {
  query_.quantities = {"attn.hook_pattern", "heads",       "value_weighted", "residual",
                       "cosines",           "attribution", "lens",           "hook_resid_mid"};
  const auto all = Look();
  query_.layers = {1};
  query_.heads = {3, 0};
  query_.positions = {7};
  const auto some = Look();
  const at::Tensor heads = at::tensor({3, 0}, at::kLong);
  EXPECT_EQ(some.count("blocks.0.attn.hook_pattern"), 0u);
  for (const char* name : {"blocks.1.attn.hook_pattern", "blocks.1.attn.value_weighted_pattern"}) {
    EXPECT_TRUE(at::equal(some.at(name), all.at(name).index_select(0, heads).slice(1, 7, 8)))
        << name;
  }
  for (const char* name : {"heads/entropy", "heads/induction", "heads/repeated_induction"}) {
    EXPECT_TRUE(at::equal(some.at(name)[0], all.at(name)[1].index_select(0, heads))) << name;
  }
  EXPECT_TRUE(at::equal(some.at("blocks.1.hook_resid_mid"),
                        all.at("blocks.1.hook_resid_mid").slice(0, 7, 8)));
  // Of layer 1 alone the points are 1.pre, which is 0.post, 1.mid and 1.post.
  for (const char* name : {"residual/norm", "lens/entropy", "lens/kl", "lens/next_rank"}) {
    EXPECT_TRUE(at::equal(some.at(name), all.at(name).slice(0, 2, 5).slice(1, 7, 8))) << name;
  }
  EXPECT_TRUE(at::equal(some.at("attribution/components"),
                        all.at("attribution/components").slice(0, 7, 8)));
}

TEST_F(InspectQueryTest, AModelWithoutGradientsIsSeenAsItIs) {
  query_.quantities = {"lens", "heads"};
  const auto before = Look();
  model_.parameters().FreeGradients();
  for (const auto& [name, x] : Look())
    EXPECT_TRUE(at::equal(x.nan_to_num(), before.at(name).nan_to_num())) << name;
  EXPECT_FALSE(model_.parameters().gradients().defined());
}

TEST_F(InspectQueryTest, ATextOfOneToken) {
  query_.tokens = {3};
  for (const QuantityFacts& facts : KnownQuantities()) query_.quantities.push_back(facts.name);
  const auto all = Look();
  EXPECT_TRUE(std::isnan(all.at("heads/induction")[0][0].item<double>()));
  EXPECT_TRUE(std::isnan(all.at("loss/next")[0].item<double>()));
}

TEST_F(InspectQueryTest, RefusesByName) {
  EXPECT_EQ(Refusal(), "no quantity is asked for");
  query_.quantities = {"attn.hook_patern"};
  EXPECT_EQ(Refusal(),
            "there is no quantity \"attn.hook_patern\"; did you mean attn.hook_pattern?");
  query_.quantities = {"heads"};
  query_.layers = {2};
  EXPECT_EQ(Refusal(), "there is no layer 2; there are 2, from 0 to 1");
  query_.layers = {0, 0};
  EXPECT_EQ(Refusal(), "layer 0 is named twice");
  query_.layers.clear();
  query_.heads = {-1};
  EXPECT_EQ(Refusal(), "there is no head -1; there are 4, from 0 to 3");
  query_.heads.clear();
  query_.positions = {11};
  EXPECT_EQ(Refusal(), "there is no position 11; there are 11, from 0 to 10");
  query_.positions.clear();
  query_.target = 61;
  EXPECT_EQ(Refusal(), "there is no token 61 to be the target; the model has 61");
  query_.tokens.assign(25, 1);
  EXPECT_EQ(Refusal(), "the text has 25 tokens, but the model's context holds only 24");
  query_.tokens = {61};
  EXPECT_EQ(Refusal(), "there is no token 61; the model has 61");
  query_.tokens.clear();
  EXPECT_EQ(Refusal(), "the text has no token");
}

}  // namespace
}  // namespace lab
