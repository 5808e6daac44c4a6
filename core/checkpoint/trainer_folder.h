#pragma once

// The trainer's half of a checkpoint: optimizer moments, master weights, counters, config, unsent
// frames, with their manifest. Called from the thread that owns the optimizer.

#include <filesystem>

#include "core/base/status.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/manifest.h"
#include "core/model/language_model.h"
#include "core/optim/adamw.h"

namespace lab {

// Writes the files and manifest.json into `folder`, which exists and is empty; each is synced.
// `model_sha256` ties it to the weights it belongs to.
absl::StatusOr<Manifest> WriteTrainerFolder(const std::filesystem::path& folder,
                                            const LanguageModel& model, const AdamW& optimizer,
                                            const TrainerState& state,
                                            const std::string& model_sha256);

// The state in `folder`, after every file it lists was verified and found to belong to
// `model_manifest`.
absl::StatusOr<TrainerState> ReadTrainerFolder(const std::filesystem::path& folder,
                                               const Manifest& model_manifest);

// Fills the moments, master weights and step count of `optimizer`, which belongs to `model`.
absl::Status ReadOptimizer(const std::filesystem::path& folder, const LanguageModel& model,
                           AdamW& optimizer);

}  // namespace lab
