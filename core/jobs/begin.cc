#include "core/jobs/begin.h"

#include <charconv>

#include "core/base/places.h"
#include "core/base/strings.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/manifest.h"

namespace lab {
namespace {

absl::Status CheckSameTokenizer(const std::filesystem::path& folder, const Tokenizer& theirs,
                                const Tokenizer& ours) {
  if (theirs.Hash() == ours.Hash()) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat(
      folder.string(), " was trained with another tokenizer (", theirs.vocab_size(),
      " ids) than data.tokenizer makes (", ours.vocab_size(),
      " ids), so its weights mean other texts; take its own: data.tokenizer: ", folder.string()));
}

}  // namespace

absl::StatusOr<std::filesystem::path> CheckpointFolderOf(std::string_view field,
                                                         const std::string& reference,
                                                         const std::filesystem::path& job_folder) {
  if (reference.starts_with('/')) return std::filesystem::path(reference);
  int64_t job = 0, step = 0;
  const char* end = reference.data() + reference.size();
  auto [at, error] = std::from_chars(reference.data(), end, job);
  if (error == std::errc() && at != end && *at == '@') {
    auto [rest, wrong] = std::from_chars(at + 1, end, step);
    if (wrong == std::errc() && rest == end) {
      return job_folder.parent_path() / JobFolderName(job) / "checkpoints" / CheckpointName(step);
    }
  }
  return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                 StrCat(field, " is '", reference, "': neither a folder's path nor JOB@STEP"));
}

absl::Status BeginWithWeights(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                              LanguageModel& model) {
  ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(folder));
  RETURN_IF_ERROR(CheckSameTokenizer(folder, *opened.tokenizer, tokenizer));
  RETURN_IF_ERROR(CheckSameModel(folder, model));
  // Two models of one architecture list their parameters in one order.
  const auto& theirs = opened.model->parameters().all();
  const auto& ours = model.parameters().all();
  for (size_t i = 0; i < ours.size(); ++i) ours[i].value.detach().copy_(theirs[i].value.detach());
  return absl::OkStatus();
}

absl::StatusOr<TrainPosition> ContinueFrom(const std::filesystem::path& folder,
                                           const Tokenizer& tokenizer, LanguageModel& model,
                                           AdamW& optimizer) {
  ASSIGN_OR_RETURN(TrainerState state, ResumeFrom(folder, model, optimizer));
  ASSIGN_OR_RETURN(std::shared_ptr<const Tokenizer> theirs, LoadTokenizer(folder));
  RETURN_IF_ERROR(CheckSameTokenizer(folder, *theirs, tokenizer));
  state.unacknowledged.clear();
  TrainPosition position = TrainPosition::FromState(std::move(state));
  position.best_step = -1;
  position.changes.clear();
  position.resumed_step.reset();
  return position;
}

}  // namespace lab
