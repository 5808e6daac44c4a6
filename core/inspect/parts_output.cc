// What comes out of a model: the logit lens, a logit taken apart, the loss of each token.

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>
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
    std::vector<Tensor> targets, logits, components, heads, biases;
    for (int64_t position : look.chosen.positions) {
      const int64_t target = Target(look, position);
      const Attribution found = Attribute(look.model, look.heard, position, target);
      targets.push_back(at::full({}, target, at::kLong));
      logits.push_back(at::full({}, found.logit, at::kFloat));
      components.push_back(at::tensor(found.shares, at::kDouble).to(at::kFloat));
      heads.push_back(found.heads);
      biases.push_back(found.head_rest);
    }
    return {at::stack(targets), at::stack(logits), at::stack(components), at::stack(heads),
            at::stack(biases)};
  }

 private:
  static int64_t Target(const Look& look, int64_t position) {
    if (look.query.target) return *look.query.target;
    if (position + 1 < look.tokens.size(0)) return look.tokens[position + 1].item<int64_t>();
    return look.model.Logits(look.hidden[position].unsqueeze(0)).argmax(-1).item<int64_t>();
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
