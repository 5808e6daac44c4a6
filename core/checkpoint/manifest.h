#pragma once

// manifest.json: which files a checkpoint holds, with sizes and hashes, and how they are verified.
// Also the names of checkpoint folders. Any thread; one HashCache is used by one thread at a time.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/status.h"

namespace lab {

// Folders in the making, replaced and deleted: these prefixes, then a checkpoint's name.
inline constexpr std::string_view kWritingPrefix = ".writing-";
inline constexpr std::string_view kReplacedPrefix = ".replaced-";
inline constexpr std::string_view kRemovedPrefix = ".removed-";

// "step-000500": at least six digits. Requires: step ≥ 0.
std::string CheckpointName(int64_t step);
// The step of a name that CheckpointName would make; nullopt for anything else.
std::optional<int64_t> CheckpointStep(std::string_view name);

// One finished checkpoint on the disk, by its folder alone: nothing was verified.
struct CheckpointFolder {
  std::string name;
  int64_t step = 0;
  std::filesystem::path path;
  bool full = false;  // has trainer state
};

// By step. A folder that does not exist holds none.
absl::StatusOr<std::vector<CheckpointFolder>> ListCheckpoints(
    const std::filesystem::path& checkpoints_folder);

// Removes what a killed process left half-made, and finishes a replacement it had begun. Call it
// before anything else touches the folder, by the one process that owns the job.
absl::Status SweepTemporaries(const std::filesystem::path& checkpoints_folder);

struct ManifestEntry {
  std::string file;  // relative to the manifest's folder, no folders in it
  int64_t size_bytes = 0;
  std::string sha256;
};

struct Manifest {
  std::string content;  // "model" or "trainer"
  int64_t step = 0;
  std::string model_sha256;  // of the model's manifest.json, in a trainer's; "" in a model's
  std::vector<ManifestEntry> files;
  std::string sha256;      // of manifest.json itself
  int64_t size_bytes = 0;  // of all files and manifest.json
};

// Writes `folder`/manifest.json, synced, and fills in the manifest's own hash and size.
absl::Status WriteManifest(const std::filesystem::path& folder, Manifest& manifest);

// CHECKPOINT_CORRUPT, naming the file, if it is missing or not a manifest of `content`.
absl::StatusOr<Manifest> ReadManifest(const std::filesystem::path& folder,
                                      std::string_view content);

// Which files this process has already hashed, by device, inode, size and times of change.
class HashCache {
 public:
  // The file's SHA-256, from memory if the file is unchanged since.
  absl::StatusOr<std::string> Hash(const std::filesystem::path& file);
  int64_t hashed_count() const { return hashed_count_; }  // files read so far

 private:
  using Key = std::tuple<uint64_t, uint64_t, int64_t, int64_t, int64_t>;
  std::map<Key, std::string> hashes_;
  int64_t hashed_count_ = 0;
};

// Compares every listed file's size and hash. CHECKPOINT_CORRUPT names the file that is missing,
// of another size or changed.
absl::Status VerifyFiles(const std::filesystem::path& folder, const Manifest& manifest,
                         HashCache* cache = nullptr);

// Sum of the sizes of what lies in `folder`, with what lies in its folders.
int64_t FolderBytes(const std::filesystem::path& folder);

}  // namespace lab
