#include "core/inspect/query.h"

#include <numeric>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr int64_t kMostTop = 1000;

std::vector<int64_t> OrAll(const std::vector<int64_t>& chosen, int64_t count) {
  if (!chosen.empty()) return chosen;
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<std::string> Labels(const std::vector<int64_t>& numbers) {
  std::vector<std::string> labels;
  for (int64_t number : numbers) labels.push_back(StrCat(number));
  return labels;
}

absl::Status CheckChosen(std::string_view what, const std::vector<int64_t>& chosen, int64_t count) {
  std::set<int64_t> seen;
  for (int64_t one : chosen) {
    if (one < 0 || one >= count) {
      return absl::InvalidArgumentError(
          StrCat("there is no ", what, " ", one, "; there are ", count, ", from 0 to ", count - 1));
    }
    if (!seen.insert(one).second) {
      return absl::InvalidArgumentError(StrCat(what, " ", one, " is named twice"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

int64_t TensorFacts::bytes() const {
  int64_t elements = 1;
  for (int64_t size : shape) elements *= size;
  return elements * (type == at::kLong ? 8 : 4);
}

Selection::Selection(const LanguageModel& model, const InspectQuery& query)
    : layers(OrAll(query.layers, model.layer_count())),
      heads(OrAll(query.heads, model.sizes().heads)),
      positions(OrAll(query.positions, static_cast<int64_t>(query.tokens.size()))),
      all_heads(query.heads.empty()),
      all_positions(query.positions.empty()) {}

at::Tensor Selection::Heads(const at::Tensor& x, int64_t axis) const {
  return all_heads ? x : x.index_select(axis, at::tensor(heads));
}

at::Tensor Selection::Positions(const at::Tensor& x, int64_t axis) const {
  return all_positions ? x : x.index_select(axis, at::tensor(positions));
}

Axis Selection::LayerAxis() const { return {"layer", Labels(layers)}; }

Axis Selection::HeadAxis() const {
  return {"head", all_heads ? std::vector<std::string>() : Labels(heads)};
}

Axis Selection::PositionAxis(std::string_view name) const {
  return {std::string(name), all_positions ? std::vector<std::string>() : Labels(positions)};
}

absl::Status CheckSelection(const LanguageModel& model, const InspectQuery& query) {
  const auto count = static_cast<int64_t>(query.tokens.size());
  if (count == 0) return absl::InvalidArgumentError("the text has no token");
  if (count > model.context()) {
    return absl::InvalidArgumentError(StrCat(
        "the text has ", count, " tokens, but the model's context holds only ", model.context()));
  }
  for (int64_t id : query.tokens) {
    if (id >= 0 && id < model.vocab_size()) continue;
    return absl::InvalidArgumentError(
        StrCat("there is no token ", id, "; the model has ", model.vocab_size()));
  }
  RETURN_IF_ERROR(CheckChosen("layer", query.layers, model.layer_count()));
  RETURN_IF_ERROR(CheckChosen("head", query.heads, model.sizes().heads));
  RETURN_IF_ERROR(CheckChosen("position", query.positions, count));
  if (query.top < 1 || query.top > kMostTop) {
    return absl::InvalidArgumentError(
        StrCat("top must be from 1 to ", kMostTop, ", is ", query.top));
  }
  if (query.target && (*query.target < 0 || *query.target >= model.vocab_size())) {
    return absl::InvalidArgumentError(StrCat("there is no token ", *query.target,
                                             " to be the target; the model has ",
                                             model.vocab_size()));
  }
  return absl::OkStatus();
}

}  // namespace lab
