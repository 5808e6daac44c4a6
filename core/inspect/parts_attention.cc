// Attention: hook points as they are, scores of heads, value-weighted patterns.

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include "core/base/strings.h"
#include "core/inspect/head_scores.h"
#include "core/inspect/part.h"

namespace lab {
namespace {

using at::Tensor;

// A hook point of a block and what it gives, one letter an axis: T tokens, H heads, K heads of
// keys, D head size, C channels, M channels inside the feed-forward, q and k queries and keys.
struct HookPoint {
  const char* name;
  const char* axes;
  const char* what;
};
constexpr HookPoint kHookPoints[] = {
    {"hook_resid_pre", "TC", "the residual stream before the block"},
    {"ln1.hook_normalized", "TC", "what the attention reads, before the norm's weight"},
    {"attn.hook_q", "THD", "queries"},
    {"attn.hook_k", "TKD", "keys"},
    {"attn.hook_v", "TKD", "values"},
    {"attn.hook_attn_scores", "Hqk", "attention scores before the softmax; -inf where masked"},
    {"attn.hook_pattern", "Hqk", "attention probabilities"},
    {"attn.hook_z", "THD", "values weighted by the pattern"},
    {"hook_attn_out", "TC", "what the attention adds to the residual stream"},
    {"hook_resid_mid", "TC", "the residual stream between attention and feed-forward"},
    {"ln2.hook_normalized", "TC", "what the feed-forward reads, before the norm's weight"},
    {"mlp.hook_pre", "TM", "the feed-forward's inside before its activation function"},
    {"mlp.hook_post", "TM", "the same after it"},
    {"hook_mlp_out", "TC", "what the feed-forward adds to the residual stream"},
    {"hook_resid_post", "TC", "the residual stream after the block"},
};

class HookPart : public InspectPart {
 public:
  explicit HookPart(const HookPoint& point) : point_(point), axes_(point.axes) {}

  std::vector<TensorFacts> Plan(const LanguageModel& model, const InspectQuery& query,
                                const Selection& chosen) const override {
    std::vector<TensorFacts> tensors;
    for (int64_t layer : chosen.layers) {
      TensorFacts& facts = tensors.emplace_back();
      facts.name = HookName(layer, point_.name);
      for (char letter : axes_) AddAxis(letter, model.sizes(), query, chosen, &facts);
    }
    return tensors;
  }

  std::vector<std::string> Hooks(const LanguageModel& /*model*/,
                                 const Selection& chosen) const override {
    std::vector<std::string> names;
    for (int64_t layer : chosen.layers) names.push_back(HookName(layer, point_.name));
    return names;
  }

  std::vector<Tensor> Finish(Look& look) override {
    std::vector<Tensor> tensors;
    for (int64_t layer : look.chosen.layers) {
      Tensor x = look.heard[HookName(layer, point_.name)][0];
      for (size_t axis = 0; axis < axes_.size(); ++axis) {
        const auto at = static_cast<int64_t>(axis);
        if (axes_[axis] == 'H') x = look.chosen.Heads(x, at);
        if (axes_[axis] == 'T' || axes_[axis] == 'q') x = look.chosen.Positions(x, at);
      }
      tensors.push_back(x);
    }
    return tensors;
  }

 private:
  static void AddAxis(char letter, const ModelSizes& sizes, const InspectQuery& query,
                      const Selection& chosen, TensorFacts* facts) {
    auto add = [facts](Axis axis, int64_t size) {
      facts->axes.push_back(std::move(axis));
      facts->shape.push_back(size);
    };
    const auto heads = static_cast<int64_t>(chosen.heads.size());
    const auto positions = static_cast<int64_t>(chosen.positions.size());
    switch (letter) {
      case 'T':
        return add(chosen.PositionAxis("token"), positions);
      case 'q':
        return add(chosen.PositionAxis("query"), positions);
      case 'k':
        return add({"key", {}}, static_cast<int64_t>(query.tokens.size()));
      case 'H':
        return add(chosen.HeadAxis(), heads);
      case 'K':
        return add({"head", {}}, sizes.kv_heads);
      case 'D':
        return add({"channel", {}}, sizes.head_size);
      case 'M':
        return add({"channel", {}}, sizes.mlp_width);
      default:
        return add({"channel", {}}, sizes.width);
    }
  }

  const HookPoint& point_;
  const std::string axes_;
};

class HeadsPart : public InspectPart {
 public:
  std::vector<TensorFacts> Plan(const LanguageModel& /*model*/, const InspectQuery& /*query*/,
                                const Selection& chosen) const override {
    std::vector<TensorFacts> tensors;
    for (const HeadScoreFacts& score : HeadScores()) {
      tensors.push_back({.name = score.name,
                         .axes = {chosen.LayerAxis(), chosen.HeadAxis()},
                         .shape = {static_cast<int64_t>(chosen.layers.size()),
                                   static_cast<int64_t>(chosen.heads.size())},
                         .unit = score.unit});
    }
    return tensors;
  }
  std::vector<std::string> Hooks(const LanguageModel&, const Selection&) const override {
    return {};
  }
  bool HearsPatterns() const override { return true; }

  void HearPattern(const Look& look, int64_t layer, const Tensor& pattern) override {
    scores_[layer] = look.chosen.Heads(ScoreHeads(pattern, look.tokens), 1);
  }

  std::vector<Tensor> Finish(Look& look) override {
    const Tensor repeated =
        look.chosen.Heads(RepeatedInduction(look.model, look.query.first_token, look.query.seed),
                          2);  // [2, all L, H]
    std::vector<Tensor> layers;
    for (int64_t layer : look.chosen.layers) {
      layers.push_back(at::cat({scores_[layer], repeated.select(1, layer)}));
    }
    const Tensor scores = at::stack(layers, 1);  // [S, L, H]
    std::vector<Tensor> tensors;
    for (int64_t i = 0; i < scores.size(0); ++i) tensors.push_back(scores[i]);
    return tensors;
  }

 private:
  std::map<int64_t, Tensor> scores_;  // by layer, [S, H]
};

class ValueWeightedPart : public InspectPart {
 public:
  std::vector<TensorFacts> Plan(const LanguageModel& /*model*/, const InspectQuery& query,
                                const Selection& chosen) const override {
    std::vector<TensorFacts> tensors;
    for (int64_t layer : chosen.layers) {
      tensors.push_back({.name = HookName(layer, "attn.value_weighted_pattern"),
                         .axes = {chosen.HeadAxis(), chosen.PositionAxis("query"), {"key", {}}},
                         .shape = {static_cast<int64_t>(chosen.heads.size()),
                                   static_cast<int64_t>(chosen.positions.size()),
                                   static_cast<int64_t>(query.tokens.size())},
                         .unit = ""});
    }
    return tensors;
  }
  std::vector<std::string> Hooks(const LanguageModel&, const Selection& chosen) const override {
    std::vector<std::string> names;
    for (int64_t layer : chosen.layers) names.push_back(HookName(layer, "attn.hook_v"));
    return names;
  }
  bool HearsPatterns() const override { return true; }

  void HearPattern(const Look& look, int64_t layer, const Tensor& pattern) override {
    const Tensor values =
        look.heard[HookName(layer, "attn.hook_v")][0];  // heard before the pattern
    const Tensor weighted = ValueWeighted(pattern, values);
    weighted_[layer] = look.chosen.Positions(look.chosen.Heads(weighted, 0), 1);
  }

  std::vector<Tensor> Finish(Look& look) override {
    std::vector<Tensor> tensors;
    for (int64_t layer : look.chosen.layers) tensors.push_back(weighted_[layer]);
    return tensors;
  }

 private:
  std::map<int64_t, Tensor> weighted_;
};

}  // namespace

std::unique_ptr<InspectPart> MakeHookPart(std::string_view name) {
  for (const HookPoint& point : kHookPoints) {
    if (name == point.name) return std::make_unique<HookPart>(point);
  }
  return nullptr;
}

std::vector<std::pair<std::string, std::string>> HookPointNames() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const HookPoint& point : kHookPoints) names.emplace_back(point.name, point.what);
  return names;
}

std::unique_ptr<InspectPart> MakeHeadsPart() { return std::make_unique<HeadsPart>(); }

std::unique_ptr<InspectPart> MakeValueWeightedPart() {
  return std::make_unique<ValueWeightedPart>();
}

}  // namespace lab
