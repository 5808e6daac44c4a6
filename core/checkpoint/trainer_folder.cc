#include "core/checkpoint/trainer_folder.h"

#include <string>
#include <utility>
#include <vector>

#include <absl/strings/numbers.h>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/philox.h"
#include "core/base/strings.h"
#include "core/checkpoint/hashed_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/safetensors_header.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOptimizer = "optimizer.safetensors";
constexpr const char* kState = "state.json";
constexpr const char* kStepCount = "step_count";  // in the metadata of kOptimizer
constexpr const char* kFrames = "unacknowledged.frames";

absl::Status Corrupt(const fs::path& path, std::string_view what) {
  return Failure(absl::StatusCode::kDataLoss, reason::kCheckpointCorrupt,
                 StrCat(path.string(), ": ", what));
}

struct Buffer {
  std::string_view prefix;
  const at::Tensor& values;  // fp32, laid out as the model's weights
};

std::vector<Buffer> BuffersOf(const AdamW& optimizer) {
  std::vector<Buffer> buffers = {{"exp_avg.", optimizer.exp_avg()},
                                 {"exp_avg_sq.", optimizer.exp_avg_sq()}};
  if (optimizer.masters().defined()) buffers.push_back({"master.", optimizer.masters()});
  return buffers;
}

// The part of a flat buffer that belongs to `parameter`.
at::Tensor PartOf(const at::Tensor& flat, const Parameter& parameter) {
  return flat.narrow(0, parameter.offset, parameter.value.numel());
}

// One tensor a parameter, so that the file means something without the layout of flat buffers.
absl::StatusOr<WrittenFile> WriteBuffers(const fs::path& path, const LanguageModel& model,
                                         const AdamW& optimizer) {
  std::vector<TensorView> tensors;
  for (const Buffer& buffer : BuffersOf(optimizer)) {
    for (const Parameter& parameter : model.parameters().all()) {
      TensorView view =
          ViewOf(StrCat(buffer.prefix, parameter.spec.name), PartOf(buffer.values, parameter));
      view.shape = parameter.spec.shape;
      tensors.push_back(std::move(view));
    }
  }
  return WriteSafetensors(path, std::move(tensors),
                          {{"format", "pt"}, {kStepCount, StrCat(optimizer.step_count())}});
}

std::string StateText(const TrainerState& state) {
  nlohmann::ordered_json json;
  json["step"] = state.step;
  json["tokens"] = state.tokens;
  json["position"] = state.position;
  json["seconds"] = state.seconds;
  json["random_version"] = kRandomVersion;
  json["parent_sha256"] = state.parent_sha256;
  json["numerics"] = state.numerics;
  json["extra"] = state.extra;
  json["config"] = state.config_yaml;
  return json.dump(2) + "\n";
}

absl::StatusOr<nlohmann::json> ReadStateJson(const fs::path& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return Corrupt(path, "is not a JSON object");
  for (const char* key : {"step", "tokens", "position", "random_version"}) {
    if (!json.contains(key) || !json[key].is_number_integer()) {
      return Corrupt(path, StrCat("has no whole number \"", key, "\""));
    }
  }
  for (const char* key : {"config", "parent_sha256"}) {
    if (!json.contains(key) || !json[key].is_string()) {
      return Corrupt(path, StrCat("has no text \"", key, "\""));
    }
  }
  if (!json.contains("seconds") || !json["seconds"].is_number()) {
    return Corrupt(path, "has no number \"seconds\"");
  }
  if (!json.contains("numerics") || !json.contains("extra")) {
    return Corrupt(path, "has no \"numerics\" or no \"extra\"");
  }
  return json;
}

}  // namespace

absl::StatusOr<Manifest> WriteTrainerFolder(const fs::path& folder, const LanguageModel& model,
                                            const AdamW& optimizer, const TrainerState& state,
                                            const std::string& model_sha256) {
  Manifest manifest{.content = "trainer", .step = state.step, .model_sha256 = model_sha256};
  ASSIGN_OR_RETURN(WrittenFile moments, WriteBuffers(folder / kOptimizer, model, optimizer));
  manifest.files.push_back({kOptimizer, moments.size_bytes, moments.sha256});
  ASSIGN_OR_RETURN(WrittenFile text, WriteHashedFile(folder / kState, StateText(state)));
  manifest.files.push_back({kState, text.size_bytes, text.sha256});
  ASSIGN_OR_RETURN(WrittenFile frames, WriteHashedFile(folder / kFrames, state.unacknowledged));
  manifest.files.push_back({kFrames, frames.size_bytes, frames.sha256});
  RETURN_IF_ERROR(WriteManifest(folder, manifest));
  return manifest;
}

absl::StatusOr<TrainerState> ReadTrainerFolder(const fs::path& folder,
                                               const Manifest& model_manifest) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return Failure(absl::StatusCode::kFailedPrecondition, reason::kCheckpointMissing,
                   StrCat(folder.parent_path().string(), " holds weights only: its trainer state ",
                          "(optimizer moments, data position, counters) is not there, so a run ",
                          "cannot go on from it"));
  }
  ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(folder, "trainer"));
  if (manifest.model_sha256 != model_manifest.sha256 || manifest.step != model_manifest.step) {
    return Corrupt(folder / "manifest.json", "belongs to other weights than those beside it");
  }
  for (size_t i = 0; const char* name : {kOptimizer, kState, kFrames}) {
    if (i >= manifest.files.size() || manifest.files[i++].file != name) {
      return Corrupt(folder / "manifest.json", StrCat("does not list ", name));
    }
  }
  RETURN_IF_ERROR(VerifyFiles(folder, manifest));
  ASSIGN_OR_RETURN(nlohmann::json json, ReadStateJson(folder / kState));
  if (json["random_version"] != kRandomVersion) {
    return absl::FailedPreconditionError(
        StrCat(folder.string(), " was written with version ", json["random_version"].get<int64_t>(),
               " of the random streams and this program has version ", kRandomVersion,
               ": the run would not go on as it began"));
  }
  TrainerState state;
  state.step = json["step"];
  state.tokens = json["tokens"];
  state.position = json["position"];
  state.seconds = json["seconds"];
  state.config_yaml = json["config"];
  state.numerics = json["numerics"];
  state.parent_sha256 = json["parent_sha256"];
  state.extra = json["extra"];
  ASSIGN_OR_RETURN(state.unacknowledged, ReadFile(folder / kFrames));
  return state;
}

absl::Status ReadOptimizer(const fs::path& folder, const LanguageModel& model, AdamW& optimizer) {
  ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::Open(folder / kOptimizer));
  for (const Buffer& buffer : BuffersOf(optimizer)) {
    for (const Parameter& parameter : model.parameters().all()) {
      RETURN_IF_ERROR(file.CopyTo(StrCat(buffer.prefix, parameter.spec.name), parameter.spec.shape,
                                  PartOf(buffer.values, parameter)));
    }
  }
  int64_t step_count = 0;
  auto text = file.metadata().find(kStepCount);
  if (text == file.metadata().end() || !absl::SimpleAtoi(text->second, &step_count)) {
    return Corrupt(file.path(), StrCat("has no \"", kStepCount, "\" in its metadata"));
  }
  optimizer.set_step_count(step_count);
  return absl::OkStatus();
}

}  // namespace lab
