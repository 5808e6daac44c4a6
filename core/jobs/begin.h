#pragma once

// What a new run begins with where its config names a checkpoint: `init` takes the weights alone,
// `resume` takes all that the other run had. Called from the thread that owns the model.

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/model/language_model.h"
#include "core/optim/adamw.h"
#include "core/tokenizer/tokenizer.h"
#include "core/train/train_loop.h"

namespace lab {

// The folder of the checkpoint that `field` names: a path, or "12@500" among the jobs beside
// `job_folder` (labd pins every other reference to such a step). CONFIG_INVALID for anything else.
absl::StatusOr<std::filesystem::path> CheckpointFolderOf(std::string_view field,
                                                         const std::string& reference,
                                                         const std::filesystem::path& job_folder);

// Fills `model` with the weights in `folder`, in the precision that `model` has.
// FAILED_PRECONDITION for another shape or another tokenizer than `tokenizer`, whose ids would mean
// other texts; as OpenModel for a folder that is not sound.
absl::Status BeginWithWeights(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                              LanguageModel& model);

// Fills `model` and `optimizer` from `folder`; the position of a run that goes on there in a folder
// of its own. What belongs to the other job alone is left out: where its best checkpoint lies, what
// was changed while it ran. Failures as above and as ResumeFrom's.
absl::StatusOr<TrainPosition> ContinueFrom(const std::filesystem::path& folder,
                                           const Tokenizer& tokenizer, LanguageModel& model,
                                           AdamW& optimizer);

}  // namespace lab
