#pragma once

// The table of model families. Adding one is one row in registry.cc. Pure functions, any thread.

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "core/model/language_model.h"

namespace lab {

struct ModelFamily {
  std::string model_type;  // as in config.json: "gpt2"
  std::string title;       // for people: "GPT-2"
  absl::StatusOr<std::unique_ptr<LanguageModel>> (*make)(const nlohmann::json& hf_config);
};

const std::vector<ModelFamily>& ModelFamilies();

// A model of the shape in a Hugging Face config.json, all weights zero, attention fused. Fails on a
// model_type that is not in the table and on whatever the family refuses.
absl::StatusOr<std::unique_ptr<LanguageModel>> MakeModel(const nlohmann::json& hf_config);

}  // namespace lab
