#pragma once

// Looks into open models: from an `inspect` frame to its plan and its tensors. What was computed
// for one text at one checkpoint is kept for a while. The inspect thread's.

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/frame.h"
#include "core/inspect/inspect.h"
#include "daemon/worker/model_shelf.h"

namespace lab {

// What a look found, ready to be sent.
struct LookResult {
  InspectPlan plan;
  std::vector<at::Tensor> tensors;     // contiguous, as planned
  std::vector<int64_t> words;          // the ids that the tensors name
  std::vector<std::string> word_text;  // theirs
  double seconds = 0;                  // of computing
  bool cached = false;
};

// A look that was planned.
struct PlannedLook {
  InspectQuery query;
  InspectPlan plan;
  int64_t limit_bytes = 0;
  std::string key;  // the same for the same look at the same weights
};

class Looks {
 public:
  // INVALID_ARGUMENT if the frame asks for what is not there.
  static absl::StatusOr<PlannedLook> Plan(const ModelShelf::Model& model, const Frame& frame);
  // The `planned` frame: the tokens, what is to come, what it takes.
  static Frame PlanFrame(const ModelShelf::Model& model, const Frame& frame,
                         const PlannedLook& look);

  // INSPECT_BUDGET with the numbers if it would take more than its limit.
  absl::StatusOr<std::shared_ptr<const LookResult>> Run(ModelShelf::Model& model,
                                                        const PlannedLook& look);

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<const LookResult> result;
  };
  std::list<Kept> kept_;  // the last used one first
  int64_t kept_bytes_ = 0;
};

}  // namespace lab
