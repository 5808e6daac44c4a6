// What a run hears of its own model is what a look at the same texts finds.

#include <map>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "core/base/strings.h"
#include "core/inspect/inspect.h"
#include "core/inspect/observe.h"
#include "core/train/observe_config.h"
#include "tests/support/tiny_model.h"

namespace lab {
namespace {

// The statistics that a config may name.
struct Choices {
  std::vector<std::string> names;
  template <class T>
  void operator()(std::string_view row, T& /*member*/, const Info& info) {
    if (row == "metrics") names.assign(info.choices.begin(), info.choices.end());
  }
};
std::vector<std::string> AllStatistics() {
  Choices choices;
  ObserveConfig().Describe(choices);
  return choices.names;
}

class ObserveTest : public testing::Test {
 protected:
  ObserveTest() : model_(TinyShape()), texts_(RandomTokens(3, 17, 61, 4)) {
    FillWeights(model_, 5);
  }

  std::map<std::string, double> Observed(std::vector<std::string> statistics) {
    ModelObserver observer(model_, std::move(statistics), 60);
    const at::NoGradGuard no_grad;
    observer.Begin(texts_);
    model_.Hidden(texts_, {.listener = &observer});
    std::map<std::string, double> values;
    const std::vector<MetricSpec> metrics = observer.Metrics();
    const auto pairs = observer.Values();
    EXPECT_EQ(metrics.size(), pairs.size());
    for (size_t i = 0; i < pairs.size(); ++i) {
      EXPECT_EQ(metrics[i].name, pairs[i].first);
      EXPECT_FALSE(metrics[i].help.empty());
      EXPECT_TRUE(values.emplace(pairs[i]).second) << pairs[i].first << " twice";
    }
    return values;
  }

  // The mean over the texts of a look's tensors; those by token also over the tokens.
  std::map<std::string, double> Looked() {
    std::map<std::string, double> sums;
    for (int64_t row = 0; row < texts_.size(0); ++row) {
      InspectQuery query;
      query.quantities = {"heads", "residual"};
      query.first_token = 60;
      for (int64_t i = 0; i < texts_.size(1); ++i) {
        query.tokens.push_back(texts_[row][i].item<int64_t>());
      }
      auto plan = PlanInspection(model_, query);
      auto results = Inspect(model_, query);
      EXPECT_TRUE(plan.ok() && results.ok());
      for (size_t i = 0; i < results->size(); ++i) Add(plan->tensors[i], (*results)[i], &sums);
    }
    for (auto& [name, sum] : sums) sum /= static_cast<double>(texts_.size(0));
    return sums;
  }

  Gpt2 model_;
  const at::Tensor texts_;

 private:
  static void Add(const TensorFacts& facts, const at::Tensor& x,
                  std::map<std::string, double>* sums) {
    if (facts.axes[0].name == "rank") return;
    for (int64_t i = 0; i < x.size(0); ++i) {
      const auto& labels = facts.axes[0].labels;
      const std::string first = labels.empty() ? StrCat(i) : labels[static_cast<size_t>(i)];
      if (facts.name.starts_with("heads/")) {
        for (int64_t head = 0; head < x.size(1); ++head) {
          (*sums)[StrCat(facts.name, "/", i, ".", head)] += x[i][head].item<double>();
        }
      } else {
        (*sums)[StrCat(facts.name, "/", first)] += x[i].mean().item<double>();
      }
    }
  }
};

TEST_F(ObserveTest, IsTheMeanOfLooksAtTheSameTexts) {
  const auto observed = Observed(AllStatistics());
  const auto looked = Looked();
  // 2 layers, 4 heads, 5 points of the stream: eight scores, three of points, two of layers.
  EXPECT_EQ(observed.size(), 8u * 8 + 3 * 5 + 2 * 2);
  for (const auto& [name, value] : observed) {
    ASSERT_TRUE(looked.contains(name)) << name;
    EXPECT_NEAR(value, looked.at(name), 1e-5 * std::max(1.0, std::abs(value))) << name;
  }
}

TEST_F(ObserveTest, HearsOnlyWhatIsAskedFor) {
  ModelObserver observer(model_, {"residual/mlp_norm"}, 60);
  EXPECT_TRUE(observer.Wants("blocks.1.hook_mlp_out"));
  EXPECT_FALSE(observer.Wants("blocks.1.attn.hook_pattern"));
  EXPECT_FALSE(observer.Wants("blocks.1.hook_resid_post"));
  EXPECT_EQ(Observed({"residual/mlp_norm"}).size(), 2u);
  EXPECT_EQ(Observed({"heads/repeated_induction"}).size(), 8u);
}

}  // namespace
}  // namespace lab
