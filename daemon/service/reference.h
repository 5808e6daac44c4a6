#pragma once

// What a reference to a model means: "12", "12@500", "12@best", "12@final", or the absolute path of
// a Hugging Face folder. The same words everywhere: generate, resume, init. Any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/places.h"
#include "core/base/status.h"
#include "daemon/store/store.h"
#include "lab/v1/artifact.pb.h"

namespace lab {

// A reference taken apart.
struct Reference {
  enum class Which { kNewest, kStep, kBest, kFinal, kFolder };
  Which which = Which::kNewest;
  int64_t job = 0;               // 0 with kFolder
  int64_t step = 0;              // with kStep
  std::filesystem::path folder;  // with kFolder
};

// INVALID_ARGUMENT with the forms there are.
absl::StatusOr<Reference> ParseReference(std::string_view text);

// Where a model lies.
struct ModelLocation {
  int64_t job = 0;  // 0 for a folder
  int64_t step = 0;
  std::filesystem::path folder;
};

// NOT_FOUND with reason CHECKPOINT_MISSING for what cannot be served, naming what exists and when
// the next checkpoint comes; never a stand-in. "best" is the checkpoint, of those that exist, whose
// val/loss at its step is lowest; "final" the last one of a job that succeeded.
absl::StatusOr<ModelLocation> ResolveReference(const Store& store, const Places& places,
                                               std::string_view reference);

// The step after which a job at `step` writes its next checkpoint, by its resolved config;
// nullopt if it writes none or its config does not say.
std::optional<int64_t> NextCheckpointStep(const std::string& resolved, int64_t step,
                                          int64_t total_steps);

// What references to these jobs (to all, if there are none) can mean: the recorded checkpoints
// whose folders are there, with the loss at each, and which of them @best and @final name. By job;
// jobs without any, and unknown ones, are left out.
absl::StatusOr<std::vector<v1::JobCheckpoints>> ListServable(const Store& store,
                                                             const Places& places,
                                                             const std::vector<int64_t>& jobs);

// Where a job's checkpoint lies.
std::filesystem::path CheckpointFolder(const Places& places, int64_t job, std::string_view name);

}  // namespace lab
