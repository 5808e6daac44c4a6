#pragma once

// One look into a model: named quantities of one text, from one forward. Each is one tensor or
// several, with named axes. The thread that owns the model.

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/status.h"
#include "core/inspect/query.h"

namespace lab {

// What can be asked for.
struct QuantityFacts {
  std::string name;  // "heads"
  std::string what;  // one sentence
};
const std::vector<QuantityFacts>& KnownQuantities();

struct InspectPlan {
  std::vector<TensorFacts> tensors;  // what Inspect gives, in this order
  int64_t result_bytes = 0;          // of them all
  int64_t working_bytes = 0;         // what the look holds at its height, about
};

// What Inspect would give, without a forward. INVALID_ARGUMENT as CheckSelection says, and for no
// or an unknown quantity (with the nearest one).
absl::StatusOr<InspectPlan> PlanInspection(const LanguageModel& model, const InspectQuery& query);

// The tensors of the plan, contiguous and on the CPU. INVALID_ARGUMENT as PlanInspection.
absl::StatusOr<std::vector<at::Tensor>> Inspect(LanguageModel& model, const InspectQuery& query);

}  // namespace lab
