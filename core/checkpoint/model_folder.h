#pragma once

// The Hugging Face half of a checkpoint: config.json, weights and tokenizer of one model, with
// their manifest. Called from the thread that owns the model.

#include <cstdint>
#include <filesystem>

#include "core/base/status.h"
#include "core/checkpoint/manifest.h"
#include "core/model/language_model.h"

namespace lab {

class Tokenizer;

// Writes the files and manifest.json into `folder`, which exists and is empty; each is synced.
absl::StatusOr<Manifest> WriteModelFolder(const std::filesystem::path& folder,
                                          const LanguageModel& model, const Tokenizer& tokenizer,
                                          int64_t step);

// The manifest of `folder`, after every file it lists was verified. CHECKPOINT_MISSING if there is
// no such folder; CHECKPOINT_CORRUPT names what is missing or changed.
absl::StatusOr<Manifest> VerifyModelFolder(const std::filesystem::path& folder, HashCache* cache);

// config.json as JSON.
absl::StatusOr<nlohmann::json> ReadModelConfig(const std::filesystem::path& folder);

// Fills the parameters of `model` from `folder`/model.safetensors. CHECKPOINT_CORRUPT if a tensor
// is missing, too many, of another type or shape, or should be zero and is not.
absl::Status ReadWeights(const std::filesystem::path& folder, LanguageModel& model);

}  // namespace lab
