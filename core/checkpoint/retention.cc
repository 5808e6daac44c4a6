#include "core/checkpoint/retention.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/checkpoint/manifest.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

// Renames `path` to a dot-name in `folder`, makes that durable, then deletes it.
absl::Status RemoveByRename(const fs::path& folder, const fs::path& path, const std::string& name) {
  fs::path aside = folder / StrCat(kRemovedPrefix, name);
  std::error_code error;
  fs::remove_all(aside, error);
  if (!error) fs::rename(path, aside, error);
  if (error) {
    return Failure(absl::StatusCode::kInternal, reason::kIoError,
                   StrCat("removing ", path.string(), ": ", error.message()));
  }
  RETURN_IF_ERROR(SyncPath(folder));
  if (path.parent_path() != folder) RETURN_IF_ERROR(SyncPath(path.parent_path()));
  fs::remove_all(aside, error);  // what remains is swept at the next start
  return absl::OkStatus();
}

bool WeightsStay(const RetentionPolicy& policy, const StoredCheckpoint& checkpoint) {
  return checkpoint.best || checkpoint.final || policy.keep == Keep::kAll ||
         (policy.keep == Keep::kLog && LogSpaced(checkpoint.step));
}

}  // namespace

std::optional<Keep> ParseKeep(std::string_view text) {
  if (text == "log") return Keep::kLog;
  if (text == "all") return Keep::kAll;
  if (text == "none") return Keep::kNone;
  return std::nullopt;
}

bool LogSpaced(int64_t step) { return step >= 0 && (step & (step - 1)) == 0; }

RetentionPlan PlanRetention(const RetentionPolicy& policy,
                            std::vector<StoredCheckpoint> checkpoints) {
  std::sort(checkpoints.begin(), checkpoints.end(),
            [](const auto& a, const auto& b) { return a.step > b.step; });
  const int64_t whole = std::max<int64_t>(policy.keep_last, 1);
  RetentionPlan plan;
  int64_t full_seen = 0;
  for (size_t i = 0; i < checkpoints.size(); ++i) {  // newest first
    const StoredCheckpoint& checkpoint = checkpoints[i];
    if (checkpoint.full && ++full_seen <= whole) continue;
    if (checkpoint.pinned) continue;
    if (i == 0 || WeightsStay(policy, checkpoint)) {
      if (checkpoint.full) plan.reduce.push_back(checkpoint.step);
    } else {
      plan.remove.push_back(checkpoint.step);
    }
  }
  std::reverse(plan.remove.begin(), plan.remove.end());
  std::reverse(plan.reduce.begin(), plan.reduce.end());
  return plan;
}

absl::Status ApplyRetention(const fs::path& checkpoints_folder, const RetentionPolicy& policy,
                            const RetentionMarks& marks, CheckpointRecord& record) {
  ASSIGN_OR_RETURN(std::vector<CheckpointFolder> folders, ListCheckpoints(checkpoints_folder));
  std::vector<StoredCheckpoint> stored;
  for (const CheckpointFolder& folder : folders) {
    if (folder.step > record.step) continue;
    stored.push_back({.step = folder.step,
                      .full = folder.full,
                      .best = folder.step == marks.best_step,
                      .final = folder.step == marks.final_step,
                      .pinned = std::find(marks.pinned.begin(), marks.pinned.end(), folder.step) !=
                                marks.pinned.end()});
  }
  RetentionPlan plan = PlanRetention(policy, std::move(stored));
  for (int64_t step : plan.remove) {
    std::string name = CheckpointName(step);
    RETURN_IF_ERROR(RemoveByRename(checkpoints_folder, checkpoints_folder / name, name));
    record.removed.push_back(name);
  }
  for (int64_t step : plan.reduce) {
    std::string name = CheckpointName(step);
    fs::path folder = checkpoints_folder / name;
    RETURN_IF_ERROR(
        RemoveByRename(checkpoints_folder, folder / "trainer", StrCat(name, "-trainer")));
    record.reduced.emplace_back(name, FolderBytes(folder));
  }
  return absl::OkStatus();
}

}  // namespace lab
