#include "daemon/job_folder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log_file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";

// The step in "step-000500"; nullopt for any other name.
std::optional<int64_t> StepOf(std::string_view name) {
  if (name.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  std::string_view digits = name.substr(kPrefix.size());
  int64_t step = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (digits.size() < 6 || error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return step;
}

}  // namespace

absl::Status MakeJobFolder(const Places& places, int64_t job, std::string_view resolved) {
  fs::path folder = places.job(job);
  std::error_code error;
  fs::create_directories(folder / "checkpoints", error);
  if (error) {
    errno = error.value();
    return ErrnoStatus("making the folder", folder);
  }
  absl::StatusOr<std::string> old = ReadFile(folder / "config.yaml");
  if (old.ok() && *old == resolved) return absl::OkStatus();
  return WriteFileAtomically(folder / "config.yaml", resolved);
}

int64_t HighestJobFolder(const Places& places) {
  int64_t highest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(places.jobs(), error)) {
    const std::string name = entry.path().filename().string();
    int64_t id = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (fault == std::errc() && end == name.data() + name.size()) highest = std::max(highest, id);
  }
  return highest;
}

absl::Status AppendJobLog(const Places& places, int64_t job, std::string_view text,
                          int64_t max_bytes) {
  fs::path path = places.job(job) / "log";
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return ErrnoStatus("opening", path);
  std::string line(text);
  if (line.empty() || line.back() != '\n') line += '\n';
  ssize_t wrote = ::write(fd, line.data(), line.size());
  absl::Status status =
      wrote == static_cast<ssize_t>(line.size()) ? absl::OkStatus() : ErrnoStatus("writing", path);
  struct stat info = {};
  const bool large = ::fstat(fd, &info) == 0 && info.st_size > max_bytes;
  ::close(fd);
  return status.ok() && large ? RotateLog(path, 1) : status;
}

absl::StatusOr<int64_t> DeleteJobFolder(const Places& places, int64_t job) {
  fs::path folder = places.job(job);
  int64_t size = SizeOfFolder(folder);
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) {
    return Failure(absl::StatusCode::kUnavailable, reason::kIoError,
                   StrCat("deleting ", folder.native(), ": ", error.message()));
  }
  return size;
}

absl::Status DeleteCheckpointFolder(const fs::path& folder) {
  const fs::path doomed = folder.parent_path() / StrCat(".deleted-", folder.filename().string());
  std::error_code error;
  fs::remove_all(doomed, error);  // of an earlier, interrupted deletion
  error.clear();
  if (fs::exists(fs::symlink_status(folder, error))) fs::rename(folder, doomed, error);
  if (!error) fs::remove_all(doomed, error);
  if (!error || error == std::errc::no_such_file_or_directory) return absl::OkStatus();
  return Failure(absl::StatusCode::kInternal, reason::kIoError,
                 StrCat("deleting ", folder.string(), ": ", error.message()));
}

absl::StatusOr<std::vector<Farewell>> FindFarewells(const Places& places, int64_t job,
                                                    const KnownTrainer& known) {
  std::vector<Farewell> farewells;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(places.job(job) / "checkpoints", error)) {
    std::string name = entry.path().filename().string();
    std::optional<int64_t> step = StepOf(name);
    if (!step) continue;
    Farewell farewell;
    farewell.frames_file = entry.path() / "trainer" / "unacknowledged.frames";
    absl::StatusOr<std::string> frames = ReadFile(farewell.frames_file);
    if (absl::IsNotFound(frames.status())) continue;
    if (!frames.ok()) return frames.status();
    if (frames->empty()) continue;
    farewell.frames = *std::move(frames);
    ASSIGN_OR_RETURN(farewell.trainer_sha256,
                     Sha256File(entry.path() / "trainer" / "manifest.json"));
    // A name alone says little: a run that went on from it may have left another in its place.
    ASSIGN_OR_RETURN(bool recorded, known(name, farewell.trainer_sha256));
    if (recorded) continue;
    ASSIGN_OR_RETURN(std::string sha256, Sha256File(entry.path() / "manifest.json"));
    farewell.checkpoint.set_name(name);
    farewell.checkpoint.set_step(*step);
    farewell.checkpoint.set_kind("full");
    farewell.checkpoint.set_size_bytes(SizeOfFolder(entry.path()));
    farewell.checkpoint.set_sha256(sha256);
    farewells.push_back(std::move(farewell));
  }
  std::sort(farewells.begin(), farewells.end(), [](const Farewell& a, const Farewell& b) {
    return a.checkpoint.step() < b.checkpoint.step();
  });
  return farewells;
}

int64_t SizeOfFolder(const fs::path& folder) {
  int64_t size = 0;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) size += static_cast<int64_t>(at->file_size(ignored));
  }
  return size;
}

}  // namespace lab
