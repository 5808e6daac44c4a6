#pragma once

// Which old checkpoints stay: a pure plan, and the careful hand that carries it out. Called from
// the thread that writes the checkpoints.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/checkpoint/record.h"

namespace lab {

// checkpoint.keep: whose weights outlive the last few.
enum class Keep {
  kLog,   // steps 0, 1, 2, 4, 8, …
  kAll,   // every one
  kNone,  // none
};

// "log", "all", "none"; nullopt for anything else.
std::optional<Keep> ParseKeep(std::string_view text);

// True for 0 and the powers of two. Under Keep::kLog weights are written at these steps whatever
// checkpoint.every is.
bool LogSpaced(int64_t step);

struct RetentionPolicy {
  Keep keep = Keep::kLog;
  int64_t keep_last = 3;  // this many newest full ones keep their trainer state (at least one does)
};

struct StoredCheckpoint {
  int64_t step = 0;
  bool full = false;    // has trainer state
  bool best = false;    // weights always stay
  bool final = false;   // weights always stay
  bool pinned = false;  // left exactly as it is
};

// Steps, ascending.
struct RetentionPlan {
  std::vector<int64_t> remove;  // delete altogether
  std::vector<int64_t> reduce;  // drop the trainer state, keep the weights
};

// The newest keep_last full ones stay whole. An older full one is reduced if its weights stay, and
// removed otherwise. Weights stay where the policy says so, and always for best, final and the
// newest checkpoint of all. Deterministic; order of the list does not matter.
RetentionPlan PlanRetention(const RetentionPolicy& policy,
                            std::vector<StoredCheckpoint> checkpoints);

// What the plan needs to know beside the folder.
struct RetentionMarks {
  std::optional<int64_t> best_step;
  std::optional<int64_t> final_step;
  std::vector<int64_t> pinned;  // e.g. the step that labd would resume from now
};

// Plans from what lies in `checkpoints_folder` up to the step of `record`, the checkpoint just
// written, and carries it out; names and new sizes are added to `record`. Later steps are of an
// attempt that this one replaces: the run overwrites them when it gets there. A folder disappears
// by one rename before its content is deleted, so that a crash leaves no half a checkpoint
// (SweepTemporaries removes the rest).
absl::Status ApplyRetention(const std::filesystem::path& checkpoints_folder,
                            const RetentionPolicy& policy, const RetentionMarks& marks,
                            CheckpointRecord& record);

}  // namespace lab
