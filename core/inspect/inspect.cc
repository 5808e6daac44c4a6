#include "core/inspect/inspect.h"

#include <map>
#include <memory>
#include <set>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include "core/base/strings.h"
#include "core/inspect/part.h"

namespace lab {
namespace {

using at::Tensor;
using Parts = std::vector<std::unique_ptr<InspectPart>>;

struct Row {
  const char* name;
  const char* what;
  std::unique_ptr<InspectPart> (*make)();
};
const Row kRows[] = {
    {"heads", "scores of every head: entropy, distance, sink, previous, duplicate, induction",
     MakeHeadsPart},
    {"value_weighted", "attention probabilities weighted by the length of the values they read",
     MakeValueWeightedPart},
    {"residual", "the residual stream's statistics, massive activations, norms of what is added",
     MakeResidualPart},
    {"cosines", "cosines between tokens and between points of the residual stream",
     [] { return MakeCosinesPart(false); }},
    {"centred_cosines", "the same after the mean over the tokens is taken off",
     [] { return MakeCosinesPart(true); }},
    {"pca", "principal components of the residual stream", MakePcaPart},
    {"lens", "what each point would say now: top tokens, the next one's rank, entropy, KL",
     MakeLensPart},
    {"attribution", "a token's logit, taken apart by component and head", MakeAttributionPart},
    {"loss", "the loss of each next token", MakeLossPart},
};

std::unique_ptr<InspectPart> MakePart(std::string_view name) {
  for (const Row& row : kRows) {
    if (name == row.name) return row.make();
  }
  return MakeHookPart(name);
}

absl::StatusOr<Parts> MakeParts(const LanguageModel& model, const InspectQuery& query) {
  RETURN_IF_ERROR(CheckSelection(model, query));
  if (query.quantities.empty()) return absl::InvalidArgumentError("no quantity is asked for");
  Parts parts;
  for (const std::string& name : query.quantities) {
    if (auto part = MakePart(name)) {
      parts.push_back(std::move(part));
      continue;
    }
    std::vector<std::string> known;
    for (const QuantityFacts& facts : KnownQuantities()) known.push_back(facts.name);
    const std::string nearest = NearestWord(name, known);
    return absl::InvalidArgumentError(
        StrCat("there is no quantity ", "\"", name, "\"",
               nearest.empty() ? "" : StrCat("; did you mean ", nearest, "?")));
  }
  return parts;
}

// Keeps what the parts asked for and hands each layer's pattern to those that hear it.
class LookListener : public Listener {
 public:
  LookListener(Look& look, const Parts& parts) : look_(look) {
    for (const auto& part : parts) {
      if (part->HearsPatterns()) hearers_.push_back(part.get());
    }
    if (hearers_.empty()) return;
    for (int64_t layer : look.chosen.layers) {
      layer_of_[HookName(layer, "attn.hook_pattern")] = layer;
    }
  }

  bool Wants(std::string_view name) const override {
    return look_.heard.Wants(name) || layer_of_.contains(name);
  }

  Tensor On(std::string_view name, const Tensor& value) override {
    if (look_.heard.Wants(name)) look_.heard.On(name, value);
    if (auto found = layer_of_.find(name); found != layer_of_.end()) {
      for (InspectPart* hearer : hearers_) hearer->HearPattern(look_, found->second, value[0]);
    }
    return value;
  }

 private:
  Look& look_;
  std::vector<InspectPart*> hearers_;
  std::map<std::string, int64_t, std::less<>> layer_of_;  // the patterns that they hear
};

std::vector<std::string> AllHooks(const Parts& parts, const LanguageModel& model,
                                  const Selection& chosen) {
  std::set<std::string> names;
  for (const auto& part : parts) {
    for (std::string& name : part->Hooks(model, chosen)) names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

}  // namespace

const std::vector<QuantityFacts>& KnownQuantities() {
  static const std::vector<QuantityFacts> known = [] {
    std::vector<QuantityFacts> all;
    for (const Row& row : kRows) all.push_back({row.name, row.what});
    for (auto& [name, what] : HookPointNames()) all.push_back({name, what});
    return all;
  }();
  return known;
}

absl::StatusOr<InspectPlan> PlanInspection(const LanguageModel& model, const InspectQuery& query) {
  ASSIGN_OR_RETURN(Parts parts, MakeParts(model, query));
  const Selection chosen(model, query);
  InspectPlan plan;
  bool patterns = false;
  for (const auto& part : parts) {
    for (TensorFacts& facts : part->Plan(model, query, chosen)) {
      plan.result_bytes += facts.bytes();
      plan.tensors.push_back(std::move(facts));
    }
    patterns = patterns || part->HearsPatterns();
  }
  const ModelSizes sizes = model.sizes();
  const auto T = static_cast<int64_t>(query.tokens.size());
  // What is heard stays until the end, most of it [T, C]; the patterns in work are of one layer.
  const auto hooks = static_cast<int64_t>(AllHooks(parts, model, chosen).size());
  plan.working_bytes = plan.result_bytes + 4 * T * sizes.width * (hooks + 8) +
                       (patterns ? 4 * 4 * sizes.heads * T * T : 0) +
                       4 * 3 * T * model.vocab_size();
  return plan;
}

absl::StatusOr<std::vector<Tensor>> Inspect(LanguageModel& model, const InspectQuery& query) {
  ASSIGN_OR_RETURN(Parts parts, MakeParts(model, query));
  const at::NoGradGuard no_grad;
  const Selection chosen(model, query);
  Look look{model,
            query,
            chosen,
            at::tensor(query.tokens, at::kLong),
            Capture(AllHooks(parts, model, chosen)),
            {}};
  LookListener listener(look, parts);
  look.hidden = model.Hidden(look.tokens.unsqueeze(0), {.listener = &listener})[0];
  std::vector<Tensor> results;
  for (const auto& part : parts) {
    for (const Tensor& result : part->Finish(look)) results.push_back(result.contiguous());
  }
  return results;
}

}  // namespace lab
