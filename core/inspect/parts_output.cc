// What comes out of a model: the logit lens, a logit taken apart, the loss of each token.

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include "core/base/strings.h"
#include "core/inspect/logit_lens.h"
#include "core/inspect/part.h"

namespace lab {
namespace {

using at::Tensor;

constexpr char kEndOfStream[] = "hook_resid_post";

class LensPart : public InspectPart {
 public:
  std::vector<TensorFacts> Plan(const LanguageModel& model, const InspectQuery& query,
                                const Selection& chosen) const override {
    const Axis points = PointAxis(StreamPoints(chosen.layers));
    const Axis tokens = chosen.PositionAxis("token");
    const auto P = static_cast<int64_t>(points.labels.size());
    const auto N = static_cast<int64_t>(chosen.positions.size());
    const int64_t K = std::min(query.top, model.vocab_size());
    const std::vector<Axis> each = {points, tokens}, top = {points, tokens, {"rank", {}}};
    return {{"lens/top_ids", top, {P, N, K}, "", at::kLong},
            {"lens/top_probabilities", top, {P, N, K}, ""},
            {"lens/next_rank", each, {P, N}, "", at::kLong},
            {"lens/next_probability", each, {P, N}, ""},
            {"lens/entropy", each, {P, N}, "nats"},
            {"lens/kl", each, {P, N}, "nats"}};
  }

  std::vector<std::string> Hooks(const LanguageModel& model,
                                 const Selection& chosen) const override {
    std::vector<std::string> names = {HookName(model.layer_count() - 1, kEndOfStream)};
    for (const StreamPoint& point : StreamPoints(chosen.layers)) names.push_back(point.hook);
    return names;
  }

  std::vector<Tensor> Finish(Look& look) override {
    const Tensor stream = StreamOf(look, StreamPoints(look.chosen.layers));
    const Tensor end = look.heard[HookName(look.model.layer_count() - 1, kEndOfStream)][0];
    const Lens lens = LogitLens(look.model, stream, end, look.tokens, look.query.top);
    std::vector<Tensor> tensors;
    for (const Tensor& x : {lens.top_ids, lens.top_probabilities, lens.next_rank,
                            lens.next_probability, lens.entropy, lens.kl}) {
      tensors.push_back(look.chosen.Positions(x, 1));
    }
    return tensors;
  }
};

class AttributionPart : public InspectPart {
 public:
  std::vector<TensorFacts> Plan(const LanguageModel& model, const InspectQuery& /*query*/,
                                const Selection& chosen) const override {
    const ModelSizes sizes = model.sizes();
    const Axis components{"component", AttributionNames(model)};
    const Axis positions = chosen.PositionAxis("token");
    const auto N = static_cast<int64_t>(chosen.positions.size());
    const auto S = static_cast<int64_t>(components.labels.size());
    const int64_t L = sizes.layers, H = sizes.heads;
    return {{"attribution/targets", {positions}, {N}, "", at::kLong},
            {"attribution/logits", {positions}, {N}, "logits"},
            {"attribution/components", {positions, components}, {N, S}, "logits"},
            {"attribution/heads", {positions, {"layer", {}}, {"head", {}}}, {N, L, H}, "logits"},
            {"attribution/head_biases", {positions, {"layer", {}}}, {N, L}, "logits"}};
  }

  std::vector<std::string> Hooks(const LanguageModel& model,
                                 const Selection& /*chosen*/) const override {
    return AttributionHooks(model);
  }

  std::vector<Tensor> Finish(Look& look) override {
    const Tensor positions = at::tensor(look.chosen.positions, at::kLong);
    const Tensor targets = Targets(look, positions);
    const Attribution found = Attribute(look.model, look.heard, positions, targets);
    return {targets, found.logits, found.shares, found.heads, found.head_biases};
  }

 private:
  static Tensor Targets(const Look& look, const Tensor& positions) {
    if (look.query.target) return at::full({positions.size(0)}, *look.query.target, at::kLong);
    const int64_t T = look.tokens.size(0);
    const Tensor likeliest = look.model.Logits(look.hidden.slice(0, T - 1, T)).argmax(-1);  // [1]
    return at::cat({look.tokens.slice(0, 1, T), likeliest}).index_select(0, positions);
  }
};

class LossPart : public InspectPart {
 public:
  std::vector<TensorFacts> Plan(const LanguageModel& /*model*/, const InspectQuery& /*query*/,
                                const Selection& chosen) const override {
    return {{"loss/next",
             {chosen.PositionAxis("token")},
             {static_cast<int64_t>(chosen.positions.size())},
             "nats"}};
  }
  std::vector<std::string> Hooks(const LanguageModel&, const Selection&) const override {
    return {};
  }
  std::vector<Tensor> Finish(Look& look) override {
    const Tensor logp =
        at::log_softmax(look.model.Logits(look.hidden).to(at::kFloat), -1);  // [T, V]
    return {look.chosen.Positions(-OfNextToken(logp, look.tokens), 0)};
  }
};

}  // namespace

std::unique_ptr<InspectPart> MakeLensPart() { return std::make_unique<LensPart>(); }

std::unique_ptr<InspectPart> MakeAttributionPart() { return std::make_unique<AttributionPart>(); }

std::unique_ptr<InspectPart> MakeLossPart() { return std::make_unique<LossPart>(); }

}  // namespace lab
