#pragma once

// Where a forward lets a Listener hear and replace intermediates. Unheard, a hook point is one test
// of a null pointer: no name is built. One thread at a time.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/language_model.h"

namespace lab {

class HookPoints {
 public:
  // Names as they are, or "blocks.LAYER." before each.
  explicit HookPoints(Listener* listener) : listener_(listener) {}
  HookPoints(Listener* listener, int64_t layer) : listener_(listener), layer_(layer) {}

  bool any() const { return listener_ != nullptr; }

  bool Wants(std::string_view name) const { return listener_ && listener_->Wants(FullName(name)); }

  // What the forward goes on with: `x`, or what the listener gave instead.
  at::Tensor operator()(std::string_view name, at::Tensor x) const {
    if (!listener_) return x;
    const std::string full = FullName(name);
    return listener_->Wants(full) ? listener_->On(full, x) : x;
  }

 private:
  std::string FullName(std::string_view name) const {
    return layer_ < 0 ? std::string(name)
                      : "blocks." + std::to_string(layer_) + "." + std::string(name);
  }

  Listener* listener_;
  int64_t layer_ = -1;
};

}  // namespace lab
