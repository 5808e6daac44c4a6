#pragma once

// Keeps named intermediates of a forward, by reference: nothing is copied, and nobody is asked
// about names that are not wanted. One thread at a time.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/language_model.h"

namespace lab {

class Capture : public Listener {
 public:
  // By TransformerLens name: "blocks.3.attn.hook_pattern".
  explicit Capture(const std::vector<std::string>& names) : wanted_(names.begin(), names.end()) {}

  bool Wants(std::string_view name) const override { return wanted_.contains(name); }
  at::Tensor On(std::string_view name, const at::Tensor& value) override {
    heard_.insert_or_assign(std::string(name), value.detach());
    return value;
  }

  // Undefined if the forward has no such name.
  at::Tensor operator[](std::string_view name) const {
    auto found = heard_.find(name);
    return found == heard_.end() ? at::Tensor() : found->second;
  }

 private:
  std::set<std::string, std::less<>> wanted_;
  std::map<std::string, at::Tensor, std::less<>> heard_;
};

// "blocks.3.attn.hook_pattern" of 3 and "attn.hook_pattern".
std::string HookName(int64_t layer, std::string_view point);

}  // namespace lab
