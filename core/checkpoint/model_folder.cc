#include "core/checkpoint/model_folder.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/checkpoint/hashed_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxConfigBytes = int64_t{16} << 20;

absl::Status Corrupt(const fs::path& path, std::string_view what) {
  return Failure(absl::StatusCode::kDataLoss, reason::kCheckpointCorrupt,
                 StrCat(path.string(), ": ", what));
}

int64_t ElementCount(const ParameterSpec& spec) {
  int64_t count = 1;
  for (int64_t size : spec.shape) count *= size;
  return count;
}

// All zero tensors share one piece of memory: the bytes are only read.
absl::StatusOr<WrittenFile> WriteWeights(const fs::path& path, const LanguageModel& model) {
  std::vector<TensorView> tensors;
  for (const Parameter& parameter : model.parameters().all()) {
    tensors.push_back(ViewOf(parameter.spec.name, parameter.value));
  }
  int64_t most = 0;
  for (const ParameterSpec& spec : model.ZeroTensors()) most = std::max(most, ElementCount(spec));
  const at::Tensor& weights = model.parameters().weights();
  const std::string zeros(static_cast<size_t>(most) * weights.element_size(), '\0');
  const std::string dtype = ViewOf("weights", weights).dtype;
  for (const ParameterSpec& spec : model.ZeroTensors()) {
    size_t bytes = static_cast<size_t>(ElementCount(spec)) * weights.element_size();
    tensors.push_back({spec.name, dtype, spec.shape, std::string_view(zeros).substr(0, bytes)});
  }
  return WriteSafetensors(path, std::move(tensors));
}

// The special tokens that tokenizer_config.json names: {"eos_token": "<|endoftext|>", …}.
std::string SpecialTokensMap(const std::string& tokenizer_config) {
  nlohmann::ordered_json map = nlohmann::ordered_json::object();
  nlohmann::json config = nlohmann::json::parse(tokenizer_config, nullptr, false);
  for (const char* key : {"bos_token", "eos_token", "unk_token", "pad_token"}) {
    if (config.is_object() && config.contains(key) && config[key].is_string()) {
      map[key] = config[key].get<std::string>();
    }
  }
  return map.dump(2) + "\n";
}

std::string GenerationConfig(int64_t end_of_text) {
  nlohmann::ordered_json json;
  json["_from_model_config"] = true;
  json["bos_token_id"] = end_of_text;
  json["eos_token_id"] = end_of_text;
  return json.dump(2) + "\n";
}

}  // namespace

absl::StatusOr<Manifest> WriteModelFolder(const fs::path& folder, const LanguageModel& model,
                                          const Tokenizer& tokenizer, int64_t step) {
  const int64_t end_of_text = tokenizer.end_of_text();
  const std::string tokenizer_config = tokenizer.ConfigJson(model.context());
  const std::pair<const char*, std::string> texts[] = {
      {"config.json", model.HfConfig(end_of_text, end_of_text)},
      {"generation_config.json", GenerationConfig(end_of_text)},
      {"special_tokens_map.json", SpecialTokensMap(tokenizer_config)},
      {"tokenizer.json", tokenizer.ToJson()},
      {"tokenizer_config.json", tokenizer_config},
  };
  Manifest manifest{.content = "model", .step = step};
  for (const auto& [name, text] : texts) {
    ASSIGN_OR_RETURN(WrittenFile written, WriteHashedFile(folder / name, text));
    manifest.files.push_back({name, written.size_bytes, written.sha256});
  }
  ASSIGN_OR_RETURN(WrittenFile weights, WriteWeights(folder / "model.safetensors", model));
  manifest.files.push_back({"model.safetensors", weights.size_bytes, weights.sha256});
  RETURN_IF_ERROR(WriteManifest(folder, manifest));
  return manifest;
}

absl::StatusOr<Manifest> VerifyModelFolder(const fs::path& folder, HashCache* cache) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return Failure(absl::StatusCode::kNotFound, reason::kCheckpointMissing,
                   StrCat("there is no checkpoint at ", folder.string()));
  }
  ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(folder, "model"));
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.json"}) {
    bool listed = std::any_of(manifest.files.begin(), manifest.files.end(),
                              [&](const ManifestEntry& entry) { return entry.file == name; });
    if (!listed) return Corrupt(folder / "manifest.json", StrCat("does not list ", name));
  }
  RETURN_IF_ERROR(VerifyFiles(folder, manifest, cache));
  return manifest;
}

absl::StatusOr<nlohmann::json> ReadModelConfig(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxConfigBytes));
  nlohmann::json config = nlohmann::json::parse(text, nullptr, false);
  if (!config.is_object()) return Corrupt(path, "is not a JSON object");
  return config;
}

absl::Status ReadWeights(const fs::path& folder, LanguageModel& model) {
  const fs::path path = folder / "model.safetensors";
  ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::Open(path));
  std::set<std::string, std::less<>> known;
  for (const Parameter& parameter : model.parameters().all()) {
    RETURN_IF_ERROR(file.CopyTo(parameter.spec.name, parameter.spec.shape, parameter.value));
    known.insert(parameter.spec.name);
  }
  for (const ParameterSpec& spec : model.ZeroTensors()) {
    const TensorView* tensor = file.Find(spec.name);
    if (tensor == nullptr) return Corrupt(path, StrCat("has no tensor ", QuotedName(spec.name)));
    if (tensor->bytes.find_first_not_of('\0') != std::string_view::npos) {
      return Corrupt(path, StrCat("tensor ", QuotedName(spec.name), " is not zero"));
    }
    known.insert(spec.name);
  }
  for (const TensorView& tensor : file.tensors()) {
    if (!known.contains(tensor.name)) {
      return Corrupt(
          path, StrCat("has a tensor ", QuotedName(tensor.name), " that this model does not have"));
    }
  }
  return absl::OkStatus();
}

}  // namespace lab
