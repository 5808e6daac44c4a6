#include "core/checkpoint/manifest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <set>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/checkpoint/hashed_file.h"
#include "core/checkpoint/safetensors_header.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "llm-lab checkpoint";
constexpr int kVersion = 1;
constexpr int64_t kMaxManifestBytes = int64_t{16} << 20;

absl::Status Corrupt(const fs::path& path, std::string_view what) {
  return Failure(absl::StatusCode::kDataLoss, reason::kCheckpointCorrupt,
                 StrCat(path.string(), ": ", what));
}

// The one text of a manifest. Reading compares byte for byte with it, and `check` is the hash of
// all the rest, so that not one bit of a manifest can change unnoticed.
std::string Render(const Manifest& manifest) {
  nlohmann::ordered_json json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["content"] = manifest.content;
  json["step"] = manifest.step;
  if (!manifest.model_sha256.empty()) json["model_sha256"] = manifest.model_sha256;
  json["files"] = nlohmann::ordered_json::array();
  for (const ManifestEntry& entry : manifest.files) {
    nlohmann::ordered_json row;
    row["file"] = entry.file;
    row["size_bytes"] = entry.size_bytes;
    row["sha256"] = entry.sha256;
    json["files"].push_back(std::move(row));
  }
  json["check"] = Sha256(json.dump());
  return json.dump(2) + "\n";
}

bool IsPlainName(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos && name != "manifest.json";
}

// The fields as they stand; false if one is missing or of another type.
bool Parse(const nlohmann::json& json, Manifest& manifest) {
  if (!json.is_object() || !json.contains("content") || !json["content"].is_string() ||
      !json.contains("step") || !json["step"].is_number_unsigned() || !json.contains("files") ||
      !json["files"].is_array()) {
    return false;
  }
  manifest.content = json["content"];
  manifest.step = json["step"];
  if (json.contains("model_sha256")) {
    if (!json["model_sha256"].is_string()) return false;
    manifest.model_sha256 = json["model_sha256"];
  }
  std::set<std::string> names;
  for (const nlohmann::json& row : json["files"]) {
    if (!row.is_object() || !row.contains("file") || !row["file"].is_string() ||
        !row.contains("size_bytes") || !row["size_bytes"].is_number_unsigned() ||
        !row.contains("sha256") || !row["sha256"].is_string()) {
      return false;
    }
    ManifestEntry entry{row["file"], row["size_bytes"], row["sha256"]};
    if (!IsPlainName(entry.file) || !names.insert(entry.file).second) return false;
    manifest.files.push_back(std::move(entry));
  }
  return true;
}

struct FileStamp {
  uint64_t device, inode;
  int64_t size, changed, status_changed;
};

absl::StatusOr<FileStamp> StampOf(const fs::path& file) {
  struct stat info;
  if (::stat(file.c_str(), &info) != 0) return ErrnoStatus("reading", file);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(StrCat(file.string(), " is not a regular file"));
  }
  auto nanoseconds = [](const timespec& time) {
    return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return FileStamp{info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim),
                   nanoseconds(info.st_ctim)};
}

}  // namespace

std::string CheckpointName(int64_t step) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "step-%06lld", static_cast<long long>(step));
  return text.data();
}

std::optional<int64_t> CheckpointStep(std::string_view name) {
  constexpr std::string_view kPrefix = "step-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::string_view digits = name.substr(kPrefix.size());
  int64_t step = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (error != std::errc() || end != digits.data() + digits.size() || step < 0 ||
      CheckpointName(step) != name) {
    return std::nullopt;
  }
  return step;
}

absl::StatusOr<std::vector<CheckpointFolder>> ListCheckpoints(const fs::path& checkpoints_folder) {
  std::vector<CheckpointFolder> found;
  std::error_code error;
  fs::directory_iterator entries(checkpoints_folder, error);
  if (error == std::errc::no_such_file_or_directory) return found;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code ignored;
    std::string name = entries->path().filename().string();
    std::optional<int64_t> step = CheckpointStep(name);
    if (!step || !entries->is_directory(ignored)) continue;
    bool full = fs::is_directory(entries->path() / "trainer", ignored);
    found.push_back({name, *step, entries->path(), full});
  }
  if (error) {
    return Failure(absl::StatusCode::kInternal, reason::kIoError,
                   StrCat("listing ", checkpoints_folder.string(), ": ", error.message()));
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.step < b.step; });
  return found;
}

absl::Status SweepTemporaries(const fs::path& checkpoints_folder) {
  std::vector<fs::path> stale;
  std::error_code error;
  fs::directory_iterator entries(checkpoints_folder, error);
  if (error == std::errc::no_such_file_or_directory) return absl::OkStatus();
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::string name = entries->path().filename().string();
    for (std::string_view prefix : {kWritingPrefix, kReplacedPrefix, kRemovedPrefix}) {
      if (name.starts_with(prefix)) stale.push_back(entries->path());
    }
  }
  for (size_t i = 0; i < stale.size() && !error; ++i) {
    std::string name = stale[i].filename().string();
    if (name.starts_with(kReplacedPrefix)) {
      // A replacement in two renames died between them: the old one is still the checkpoint.
      fs::path original = checkpoints_folder / name.substr(kReplacedPrefix.size());
      if (!fs::exists(original, error) && !error) {
        fs::rename(stale[i], original, error);
        continue;
      }
    }
    fs::remove_all(stale[i], error);
  }
  if (error) {
    return Failure(absl::StatusCode::kInternal, reason::kIoError,
                   StrCat("clearing ", checkpoints_folder.string(), ": ", error.message()));
  }
  return stale.empty() ? absl::OkStatus() : SyncPath(checkpoints_folder);
}

absl::Status WriteManifest(const fs::path& folder, Manifest& manifest) {
  ASSIGN_OR_RETURN(WrittenFile written,
                   WriteHashedFile(folder / "manifest.json", Render(manifest)));
  manifest.sha256 = written.sha256;
  manifest.size_bytes = written.size_bytes;
  for (const ManifestEntry& entry : manifest.files) manifest.size_bytes += entry.size_bytes;
  return absl::OkStatus();
}

absl::StatusOr<Manifest> ReadManifest(const fs::path& folder, std::string_view content) {
  fs::path path = folder / "manifest.json";
  absl::StatusOr<std::string> text = ReadFile(path, kMaxManifestBytes);
  if (!text.ok()) {
    if (absl::IsNotFound(text.status())) return Corrupt(path, "is missing");
    if (absl::IsInvalidArgument(text.status())) return Corrupt(path, "is not a manifest");
    return text.status();
  }
  nlohmann::json json = nlohmann::json::parse(*text, nullptr, false);
  if (json.is_object() && json.value("format", nlohmann::json()) == std::string(kFormat) &&
      json.contains("version") && json["version"].is_number_integer() &&
      json["version"] > kVersion) {
    return absl::FailedPreconditionError(
        StrCat(path.string(), ": was written by a newer version of the lab (format ",
               json["version"].get<int64_t>(), ", this one reads ", kVersion, ")"));
  }
  Manifest manifest;
  if (json.is_discarded() || !Parse(json, manifest) || Render(manifest) != *text) {
    return Corrupt(path, "was changed or is not a manifest");
  }
  if (manifest.content != content) {
    return Corrupt(path, StrCat("lists the files of ", QuotedName(manifest.content), ", not ",
                                QuotedName(content)));
  }
  manifest.sha256 = Sha256(*text);
  manifest.size_bytes = static_cast<int64_t>(text->size());
  for (const ManifestEntry& entry : manifest.files) manifest.size_bytes += entry.size_bytes;
  return manifest;
}

absl::StatusOr<std::string> HashCache::Hash(const fs::path& file) {
  ASSIGN_OR_RETURN(FileStamp before, StampOf(file));
  Key key{before.device, before.inode, before.size, before.changed, before.status_changed};
  if (auto known = hashes_.find(key); known != hashes_.end()) return known->second;
  ASSIGN_OR_RETURN(std::string hash, Sha256File(file));
  ++hashed_count_;
  hashes_[key] = hash;
  return hash;
}

absl::Status VerifyFiles(const fs::path& folder, const Manifest& manifest, HashCache* cache) {
  HashCache own;
  if (cache == nullptr) cache = &own;
  for (const ManifestEntry& entry : manifest.files) {
    fs::path path = folder / entry.file;
    absl::StatusOr<FileStamp> stamp = StampOf(path);
    if (absl::IsNotFound(stamp.status())) return Corrupt(path, "is missing");
    if (absl::IsInvalidArgument(stamp.status())) return Corrupt(path, "is not a regular file");
    RETURN_IF_ERROR(stamp.status());
    if (stamp->size != entry.size_bytes) {
      return Corrupt(path, StrCat("has ", stamp->size, " bytes, should have ", entry.size_bytes));
    }
    ASSIGN_OR_RETURN(std::string hash, cache->Hash(path));
    if (hash != entry.sha256) {
      return Corrupt(path, StrCat("was changed: its SHA-256 is ", hash.substr(0, 12),
                                  "…, should be ", entry.sha256.substr(0, 12), "…"));
    }
  }
  return absl::OkStatus();
}

int64_t FolderBytes(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    std::error_code ignored;
    if (entries->is_regular_file(ignored))
      bytes += static_cast<int64_t>(entries->file_size(ignored));
  }
  return bytes;
}

}  // namespace lab
