#include "core/model/model_config.h"

#include <string_view>

#include "core/base/status.h"
#include "core/base/strings.h"
#include "core/config/config.h"
#include "core/config/embedded.h"

namespace lab {
namespace {

absl::Status Invalid(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid, message);
}

// A file of configs/model/. Its own struct: a preset has no preset.
struct PresetFile {
  std::optional<int64_t> layers;
  std::optional<int64_t> heads;
  std::optional<int64_t> width;
  std::optional<int64_t> context;
  std::optional<double> dropout;
  std::optional<bool> tie_embeddings;
  std::optional<bool> qkv_bias;

  template <class V>
  constexpr void Describe(V& v) {
    v("layers", layers, {.help = "see model.layers", .min = 1});
    v("heads", heads, {.help = "see model.heads", .min = 1});
    v("width", width, {.help = "see model.width", .min = 1});
    v("context", context, {.help = "see model.context", .min = 1});
    v("dropout", dropout, {.help = "see model.dropout", .min = 0, .max = 0.95});
    v("tie_embeddings", tie_embeddings, {.help = "see model.tie_embeddings"});
    v("qkv_bias", qkv_bias, {.help = "see model.qkv_bias"});
  }
};

absl::StatusOr<PresetFile> ReadPreset(const std::string& name) {
  if (name == "custom") return PresetFile{};
  const std::string path = StrCat("configs/model/", name, ".yaml");
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (file.path != path) continue;
    ConfigText text;
    text.text = std::string(file.text);
    text.file = path;
    Parsed<PresetFile> parsed = ParseConfig<PresetFile>(text);
    if (!parsed.ok()) return Invalid(ToString(parsed.errors[0]));
    return parsed.config;
  }
  return Invalid(StrCat("model.preset: there is no preset \"", name, "\""));
}

template <class T>
void FillFrom(const std::optional<T>& preset, std::optional<T>& value) {
  if (!value) value = preset;
}

}  // namespace

void ModelConfig::Check(Checker& check) const {
  if (preset == "custom") {
    if (!layers) check.Error("layers", "must be given where preset is custom");
    if (!heads) check.Error("heads", "must be given where preset is custom");
    if (!width) check.Error("width", "must be given where preset is custom");
    if (!context) check.Error("context", "must be given where preset is custom");
    if (!layers || !heads || !width || !context) return;
  }
  absl::StatusOr<ModelConfig> resolved = ResolveModel(*this);
  if (!resolved.ok()) {
    // The only rule left; said at the field that was given.
    check.Error(check.Given("heads")   ? "heads"
                : check.Given("width") ? "width"
                                       : "preset",
                MessageOf(resolved.status()));
  }
}

absl::StatusOr<ModelConfig> ResolveModel(const ModelConfig& config) {
  ASSIGN_OR_RETURN(const PresetFile preset, ReadPreset(config.preset));
  ModelConfig resolved = config;
  FillFrom(preset.layers, resolved.layers);
  FillFrom(preset.heads, resolved.heads);
  FillFrom(preset.width, resolved.width);
  FillFrom(preset.context, resolved.context);
  FillFrom(preset.dropout, resolved.dropout);
  FillFrom(preset.tie_embeddings, resolved.tie_embeddings);
  FillFrom(preset.qkv_bias, resolved.qkv_bias);
  if (!resolved.dropout) resolved.dropout = 0.0;
  if (!resolved.tie_embeddings) resolved.tie_embeddings = true;
  if (!resolved.qkv_bias) resolved.qkv_bias = false;
  for (const auto& [name, value] :
       {std::pair("layers", resolved.layers), std::pair("heads", resolved.heads),
        std::pair("width", resolved.width), std::pair("context", resolved.context)}) {
    if (!value) return Invalid(StrCat("model.", name, ": must be given with preset custom"));
  }
  if (*resolved.width % *resolved.heads != 0) {
    return Invalid(
        StrCat("width ", *resolved.width, " is not divisible by ", *resolved.heads, " heads"));
  }
  return resolved;
}

Gpt2Shape ShapeOf(const ModelConfig& resolved, int64_t vocab) {
  Gpt2Shape shape;
  shape.layers = *resolved.layers;
  shape.heads = *resolved.heads;
  shape.width = *resolved.width;
  shape.context = *resolved.context;
  shape.vocab = vocab;
  shape.embd_dropout = shape.attn_dropout = shape.resid_dropout = *resolved.dropout;
  shape.tie_embeddings = *resolved.tie_embeddings;
  shape.qkv_bias = *resolved.qkv_bias;
  shape.attention =
      resolved.attention == "explicit" ? AttentionKind::kExplicit : AttentionKind::kFused;
  shape.init_std = resolved.init_std;
  return shape;
}

const std::vector<std::string>& ModelPresets() {
  static const std::vector<std::string> kPresets = {"nano",  "small",  "medium",
                                                    "large", "xlarge", "gpt2-124m"};
  return kPresets;
}

}  // namespace lab
