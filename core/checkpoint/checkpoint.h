#pragma once

// Checkpoints: a Hugging Face folder plus the trainer's own state, atomic and hashed. Layout in
// docs/formats/checkpoint.md. Called from the thread that owns the model.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/record.h"
#include "core/model/language_model.h"

namespace lab {

class AdamW;
class Tokenizer;

// All that a run needs beside weights and optimizer to go on bit for bit. There are no generator
// states: every random number is a function of (seed, purpose, step), see core/base/philox.h.
struct TrainerState {
  int64_t step = 0;
  int64_t tokens = 0;         // trained on so far
  int64_t position = 0;       // of the next window in the batch order
  double seconds = 0;         // running time over all attempts
  std::string config_yaml;    // resolved
  std::string parent_sha256;  // of the checkpoint before this one; "" if none
  // Threads, precision, attention kernel, …: used again on resume.
  nlohmann::json numerics = nlohmann::json::object();
  // Best values and the like; finite numbers only.
  nlohmann::json extra = nlohmann::json::object();
  std::string unacknowledged;  // frames that labd had not confirmed; "" in an ordinary one
};

// Writes `checkpoints_folder`/step-NNNNNN (the folder is made if needed). `optimizer` null: weights
// only, kind "weights". Written to a dot-prefixed folder beside it, every file synced, then
// renamed; a folder of the same step is exchanged in one step, so that whenever the process or the
// machine dies, either the old or the new one is there, whole. On failure (DISK_FULL, IO_ERROR)
// the temporary is removed and what was there before stays. A valid full checkpoint is never
// replaced by a weights-only one of the same content.
absl::StatusOr<CheckpointRecord> WriteCheckpoint(const std::filesystem::path& checkpoints_folder,
                                                 const LanguageModel& model,
                                                 const Tokenizer& tokenizer,
                                                 const TrainerState& state, const AdamW* optimizer);

// A model opened to be run, not trained: it has no gradients.
struct OpenedModel {
  std::unique_ptr<LanguageModel> model;
  std::shared_ptr<const Tokenizer> tokenizer;
  int64_t step = 0;
  std::string sha256;  // of manifest.json
};

// Opens `folder` (one checkpoint) after verifying the model's files by hash; `cache` (may be null)
// remembers files already verified. CHECKPOINT_MISSING if there is no such folder,
// CHECKPOINT_CORRUPT with the file's name if anything is missing, changed or cut short.
absl::StatusOr<OpenedModel> OpenModel(const std::filesystem::path& folder,
                                      HashCache* cache = nullptr);

// FAILED_PRECONDITION if the weights in `folder` do not have the names and shapes of `model`'s.
absl::Status CheckSameModel(const std::filesystem::path& folder, const LanguageModel& model);

// Verifies every file of `folder`, then fills `model` and `optimizer` and returns the rest. On
// failure neither is in a defined state. CHECKPOINT_MISSING if the checkpoint has no trainer state,
// CHECKPOINT_CORRUPT as above, FAILED_PRECONDITION if model and checkpoint have different shapes
// or the checkpoint was made with another version of the random streams.
absl::StatusOr<TrainerState> ResumeFrom(const std::filesystem::path& folder, LanguageModel& model,
                                        AdamW& optimizer);

// The trainer state alone, verified: what a resume needs to know before it builds a model.
absl::StatusOr<TrainerState> ReadTrainerState(const std::filesystem::path& folder);

}  // namespace lab
