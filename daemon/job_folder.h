#pragma once

// What labd itself does in a job's folder: makes it, keeps its log, looks through its checkpoints,
// deletes it. Any thread.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/places.h"
#include "core/base/status.h"
#include "lab/v1/job.pb.h"

namespace lab {

// Makes the folder and writes config.yaml. DISK_FULL, or PERMISSION_DENIED on a read-only disk.
absl::Status MakeJobFolder(const Places& places, int64_t job, std::string_view resolved);

// The greatest number that a folder in data/jobs has as its name; 0 if there is none.
int64_t HighestJobFolder(const Places& places);

// Appends whole lines to the job's log. One that is then larger than `max_bytes` becomes "log.1",
// and the next line begins a new one.
absl::Status AppendJobLog(const Places& places, int64_t job, std::string_view text,
                          int64_t max_bytes);

// Deletes the folder; the bytes it held.
absl::StatusOr<int64_t> DeleteJobFolder(const Places& places, int64_t job);

// Deletes a checkpoint's folder: its name at once, then the space, so that half a folder is never
// taken for a checkpoint.
absl::Status DeleteCheckpointFolder(const std::filesystem::path& folder);

// A checkpoint that a worker without labd left, with what it had still to report.
struct Farewell {
  v1::Checkpoint checkpoint;
  std::string trainer_sha256;  // of trainer/manifest.json
  std::filesystem::path frames_file;
  std::string frames;
};

// The farewells among the job's checkpoints that `known` (name, trainer_sha256) does not know, by
// step. An ordinary checkpoint that was not recorded is none: events before it may be missing. It
// has an empty unacknowledged.frames.
using KnownTrainer =
    std::function<absl::StatusOr<bool>(std::string_view name, std::string_view trainer_sha256)>;
absl::StatusOr<std::vector<Farewell>> FindFarewells(const Places& places, int64_t job,
                                                    const KnownTrainer& known);

// Bytes of all files below `folder`.
int64_t SizeOfFolder(const std::filesystem::path& folder);

}  // namespace lab
