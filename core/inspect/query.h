#pragma once

// What is asked of a model, and of what shape the answers are. Plain data, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/status.h"
#include "core/model/language_model.h"

namespace lab {

struct InspectQuery {
  std::vector<int64_t> tokens;  // 1 … context() ids
  // Names of KnownQuantities(): hook points without their block ("attn.hook_pattern"), which are
  // given for each layer, and what is made of them ("heads", "lens").
  std::vector<std::string> quantities;
  // Which of them; empty: all. Positions are queries and rows, never keys.
  std::vector<int64_t> layers, heads, positions;
  int64_t top = 5;                // tokens that a lens names
  std::optional<int64_t> target;  // whose logit "attribution" takes apart; absent: the text's next
                                  // token, at its end the likeliest
  int64_t first_token = 0;        // begins the random texts of heads/repeated_induction
  uint64_t seed = 0;              // of those
};

struct Axis {
  std::string name;  // "layer", "head", "query", "key", "token", "point", "channel", …
  std::vector<std::string> labels;  // empty: 0, 1, 2, …
};

// A tensor that is to come.
struct TensorFacts {
  std::string name;  // "blocks.3.attn.hook_pattern", "heads/entropy"
  std::vector<Axis> axes;
  std::vector<int64_t> shape;
  std::string unit;                  // "nats"
  at::ScalarType type = at::kFloat;  // or kLong

  int64_t bytes() const;
};

// The layers, heads and positions of a query, in full.
class Selection {
 public:
  Selection(const LanguageModel& model, const InspectQuery& query);

  // The chosen heads or positions along an axis of `x`; `x` itself where all are.
  at::Tensor Heads(const at::Tensor& x, int64_t axis) const;
  at::Tensor Positions(const at::Tensor& x, int64_t axis) const;
  Axis LayerAxis() const;
  Axis HeadAxis() const;
  Axis PositionAxis(std::string_view name) const;

  std::vector<int64_t> layers, heads, positions;
  bool all_heads = false, all_positions = false;
};

// INVALID_ARGUMENT that names what is wrong and what there is: no token or too many, an id outside
// the vocabulary, a layer, head or position that is not there or named twice, top below 1.
// `quantities` are not looked at.
absl::Status CheckSelection(const LanguageModel& model, const InspectQuery& query);

}  // namespace lab
