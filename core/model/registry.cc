#include "core/model/registry.h"

#include <string_view>
#include <utility>

#include "core/base/status.h"
#include "core/base/strings.h"
#include "core/model/gpt2.h"
#include "core/model/hf_config.h"

namespace lab {
namespace {

absl::StatusOr<std::unique_ptr<LanguageModel>> MakeGpt2(const nlohmann::json& hf_config) {
  ASSIGN_OR_RETURN(const Gpt2Shape shape, FromHfConfig(hf_config));
  return std::make_unique<Gpt2>(shape);
}

}  // namespace

const std::vector<ModelFamily>& ModelFamilies() {
  static const std::vector<ModelFamily> kFamilies = {
      {"gpt2", "GPT-2", MakeGpt2},
  };
  return kFamilies;
}

absl::StatusOr<std::unique_ptr<LanguageModel>> MakeModel(const nlohmann::json& hf_config) {
  std::string model_type;
  if (hf_config.is_object() && hf_config.contains("model_type") &&
      hf_config["model_type"].is_string()) {
    model_type = hf_config["model_type"].get<std::string>();
  }
  std::string known;
  for (const ModelFamily& family : ModelFamilies()) {
    if (family.model_type == model_type) return family.make(hf_config);
    known += (known.empty() ? "" : ", ") + family.model_type;
  }
  return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                 StrCat("config.json: model_type: \"", model_type,
                        "\" is not a family that can be opened (", known, ")"));
}

}  // namespace lab
