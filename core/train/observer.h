#pragma once

// What a run hears of its own model while it trains. core/inspect/observe.h has the one there is.

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/model/language_model.h"

namespace lab {

// Listens to one forward and tells what it found in numbers. One thread at a time.
class Observer : public Listener {
 public:
  // Before the forward of these tokens, int64 [B, T], without dropout and gradients.
  virtual void Begin(const at::Tensor& tokens) = 0;
  // After it: the declared metrics by name, and their values.
  virtual std::vector<std::pair<std::string, double>> Values() = 0;
};

}  // namespace lab
