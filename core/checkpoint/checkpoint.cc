#include "core/checkpoint/checkpoint.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <stdio.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/checkpoint/model_folder.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/checkpoint/trainer_folder.h"
#include "core/model/registry.h"
#include "core/optim/adamw.h"
#include "core/tokenizer/tokenizer.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

absl::Status IoFailure(std::string_view doing, const fs::path& path, const std::error_code& error) {
  errno = error.value();
  return ErrnoStatus(doing, path);
}

absl::Status MakeFolder(const fs::path& path) {
  std::error_code error;
  const bool made = fs::create_directories(path, error);
  if (error) return IoFailure("making", path, error);
  if (!made) return absl::OkStatus();
  return SyncPath(path.has_parent_path() ? path.parent_path() : ".");
}

// The whole checkpoint in `folder`, made for it, everything synced. Returns the record without
// what retention adds.
absl::StatusOr<CheckpointRecord> WriteContent(const fs::path& folder, const LanguageModel& model,
                                              const Tokenizer& tokenizer, const TrainerState& state,
                                              const AdamW* optimizer) {
  RETURN_IF_ERROR(MakeFolder(folder));
  ASSIGN_OR_RETURN(Manifest manifest, WriteModelFolder(folder, model, tokenizer, state.step));
  CheckpointRecord record{.name = CheckpointName(state.step),
                          .step = state.step,
                          .kind = optimizer == nullptr ? "weights" : "full",
                          .size_bytes = manifest.size_bytes,
                          .sha256 = manifest.sha256};
  if (optimizer != nullptr) {
    const fs::path trainer = folder / "trainer";
    RETURN_IF_ERROR(MakeFolder(trainer));
    ASSIGN_OR_RETURN(Manifest listed,
                     WriteTrainerFolder(trainer, model, *optimizer, state, manifest.sha256));
    record.size_bytes += listed.size_bytes;
    record.trainer_sha256 = listed.sha256;
    RETURN_IF_ERROR(SyncPath(trainer));
  }
  RETURN_IF_ERROR(SyncPath(folder));
  return record;
}

// Puts `made` in the place of `target`, which may exist. What was there ends up at `made`.
absl::Status MoveIntoPlace(const fs::path& made, const fs::path& target) {
  std::error_code error;
  if (!fs::exists(target, error)) {
    if (!error) fs::rename(made, target, error);
    return error ? IoFailure("renaming to", target, error) : absl::OkStatus();
  }
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
    return absl::OkStatus();
  }
  if (errno != EINVAL && errno != ENOSYS) return ErrnoStatus("exchanging", target);
  // A file system that cannot exchange: two renames. SweepTemporaries mends a death in between.
  const fs::path aside = target.parent_path() / StrCat(kReplacedPrefix, target.filename().string());
  fs::remove_all(aside, error);
  if (!error) fs::rename(target, aside, error);
  if (!error) fs::rename(made, target, error);
  if (!error) fs::rename(aside, made, error);
  return error ? IoFailure("replacing", target, error) : absl::OkStatus();
}

// The checkpoint at `folder` as a record, if it is whole and resumable and its model has the given
// manifest.
bool IsSameFull(const fs::path& folder, const std::string& sha256, CheckpointRecord& record) {
  std::error_code error;
  if (!fs::is_directory(folder / "trainer", error)) return false;
  absl::StatusOr<Manifest> manifest = VerifyModelFolder(folder, nullptr);
  if (!manifest.ok() || manifest->sha256 != sha256) return false;
  if (!ReadTrainerFolder(folder / "trainer", *manifest).ok()) return false;
  absl::StatusOr<Manifest> trainer = ReadManifest(folder / "trainer", "trainer");
  if (!trainer.ok()) return false;
  record.trainer_sha256 = trainer->sha256;
  record.kind = "full";
  record.size_bytes = FolderBytes(folder);
  return true;
}

}  // namespace

absl::StatusOr<CheckpointRecord> WriteCheckpoint(const fs::path& checkpoints_folder,
                                                 const LanguageModel& model,
                                                 const Tokenizer& tokenizer,
                                                 const TrainerState& state,
                                                 const AdamW* optimizer) {
  const std::string name = CheckpointName(state.step);
  const fs::path target = checkpoints_folder / name;
  const fs::path made = checkpoints_folder / StrCat(kWritingPrefix, name);
  std::error_code ignored;
  RETURN_IF_ERROR(MakeFolder(checkpoints_folder));
  fs::remove_all(made, ignored);
  absl::StatusOr<CheckpointRecord> record = WriteContent(made, model, tokenizer, state, optimizer);
  absl::Status status = record.status();
  if (status.ok() && (optimizer != nullptr || !IsSameFull(target, record->sha256, *record))) {
    status = MoveIntoPlace(made, target);
    if (status.ok()) status = SyncPath(checkpoints_folder);
  }
  fs::remove_all(made, ignored);  // what failed, what was replaced, or what was not needed
  if (!status.ok()) return WithContext(status, StrCat("writing checkpoint ", name));
  return record;
}

absl::StatusOr<OpenedModel> OpenModel(const fs::path& folder, HashCache* cache) {
  ASSIGN_OR_RETURN(Manifest manifest, VerifyModelFolder(folder, cache));
  ASSIGN_OR_RETURN(nlohmann::json config, ReadModelConfig(folder));
  OpenedModel opened;
  opened.step = manifest.step;
  opened.sha256 = manifest.sha256;
  ASSIGN_OR_RETURN(opened.tokenizer, LoadTokenizer(folder / "tokenizer.json"));
  absl::StatusOr<std::unique_ptr<LanguageModel>> model = MakeModel(config);
  if (!model.ok()) return WithContext(model.status(), (folder / "config.json").string());
  opened.model = *std::move(model);
  opened.model->parameters().FreeGradients();
  if (opened.tokenizer->vocab_size() > opened.model->vocab_size()) {
    return absl::FailedPreconditionError(
        StrCat(folder.string(), ": the tokenizer has ", opened.tokenizer->vocab_size(),
               " ids, but the model only ", opened.model->vocab_size()));
  }
  RETURN_IF_ERROR(ReadWeights(folder, *opened.model));
  return opened;
}

absl::StatusOr<TrainerState> ReadTrainerState(const fs::path& folder) {
  ASSIGN_OR_RETURN(Manifest manifest, VerifyModelFolder(folder, nullptr));
  return ReadTrainerFolder(folder / "trainer", manifest);
}

absl::Status CheckSameModel(const fs::path& folder, const LanguageModel& model) {
  ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::Open(folder / "model.safetensors"));
  size_t expected = model.parameters().all().size() + model.ZeroTensors().size();
  for (const Parameter& parameter : model.parameters().all()) {
    const TensorView* tensor = file.Find(parameter.spec.name);
    if (tensor == nullptr || tensor->shape != parameter.spec.shape) {
      return absl::FailedPreconditionError(
          StrCat(folder.string(), " is of another model: tensor ", QuotedName(parameter.spec.name),
                 tensor == nullptr ? " is not in it" : " has another shape"));
    }
  }
  if (file.tensors().size() != expected) {
    return absl::FailedPreconditionError(StrCat(folder.string(), " is of another model: it has ",
                                                file.tensors().size(), " tensors, this model ",
                                                expected));
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainerState> ResumeFrom(const fs::path& folder, LanguageModel& model,
                                        AdamW& optimizer) {
  ASSIGN_OR_RETURN(TrainerState state, ReadTrainerState(folder));
  RETURN_IF_ERROR(CheckSameModel(folder, model));
  RETURN_IF_ERROR(ReadWeights(folder, model));
  RETURN_IF_ERROR(ReadOptimizer(folder / "trainer", model, optimizer));
  return state;
}

}  // namespace lab
