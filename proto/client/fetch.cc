#include "proto/client/fetch.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

absl::Status Broken(const std::string& file, std::string_view why) {
  return Failure(absl::StatusCode::kDataLoss, "TRANSFER_CORRUPT",
                 StrCat("fetching ", file, ": ", why, "; nothing was kept"));
}

// Writes the chunks of one artifact below `target`, a path that nobody else uses.
class Receiver {
 public:
  explicit Receiver(fs::path target) : target_(std::move(target)) {}
  ~Receiver() {
    if (fd_ >= 0) close(fd_);
    std::error_code ignored;
    if (!kept_) fs::remove_all(target_, ignored);
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  absl::Status Take(const v1::FileChunk& chunk) {
    if (chunk.offset() == 0) RETURN_IF_ERROR(Begin(chunk.path()));
    if (fd_ < 0 || chunk.path() != path_ || chunk.offset() != written_) {
      return Broken(chunk.path(), "its parts came out of order");
    }
    const std::string& data = chunk.data();
    for (size_t at = 0; at < data.size();) {
      ssize_t wrote = write(fd_, data.data() + at, data.size() - at);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return ErrnoStatus("writing", Place());
      at += static_cast<size_t>(wrote);
    }
    written_ += static_cast<int64_t>(data.size());
    total_ += static_cast<int64_t>(data.size());
    if (!chunk.sha256().empty()) return End(chunk);
    return absl::OkStatus();
  }

  // All files are whole: the artifact is moved to `place`.
  absl::Status Keep(const fs::path& place, bool force) {
    if (fd_ >= 0) return Broken(path_, "it ended early");
    if (files_ == 0) return Broken(place.filename().string(), "it is empty");
    std::error_code error;
    if (force) fs::remove_all(place, error);
    fs::rename(target_, place, error);
    if (error) {
      return absl::FailedPreconditionError(
          Absl(StrCat("renaming to ", place.string(), ": ", error.message())));
    }
    kept_ = true;
    return SyncPath(place.parent_path().empty() ? fs::path(".") : place.parent_path());
  }

  int64_t total() const { return total_; }
  int64_t files() const { return files_; }

 private:
  fs::path Place() const { return path_.empty() ? target_ : target_ / path_; }

  absl::Status Begin(const std::string& path) {
    if (fd_ >= 0) return Broken(path_, "it ended early");
    fs::path relative(path);
    for (const fs::path& part : relative) {
      if (part == ".." || relative.is_absolute()) return Broken(path, "its name leaves the folder");
    }
    path_ = path;
    written_ = 0;
    std::error_code error;
    if (!path.empty()) fs::create_directories(Place().parent_path(), error);
    fd_ = open(Place().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd_ < 0 ? ErrnoStatus("creating", Place()) : absl::OkStatus();
  }

  absl::Status End(const v1::FileChunk& chunk) {
    if (fsync(fd_) != 0) return ErrnoStatus("writing", Place());
    close(fd_);
    fd_ = -1;
    ++files_;
    if (written_ != chunk.size_bytes()) return Broken(path_, "its size is not what labd announced");
    ASSIGN_OR_RETURN(std::string sha256, Sha256File(Place()));
    if (sha256 != chunk.sha256()) return Broken(path_, "its content does not match its SHA-256");
    return absl::OkStatus();
  }

  fs::path target_;
  std::string path_;
  int fd_ = -1;
  int64_t written_ = 0;
  int64_t total_ = 0;
  int64_t files_ = 0;
  bool kept_ = false;
};

}  // namespace

absl::StatusOr<Fetched> FetchArtifact(const LabClient& client, int64_t job_id,
                                      const std::string& name, const fs::path& place, bool force,
                                      const std::function<void(int64_t)>& progressed,
                                      Cancellation* cancellation) {
  std::error_code ignored;
  if (!force && fs::exists(fs::symlink_status(place, ignored))) {
    return Failure(absl::StatusCode::kAlreadyExists, "DESTINATION_EXISTS",
                   StrCat(place.string(), " exists; choose another place or give --force"));
  }
  Receiver receiver(place.parent_path() /
                    StrCat(".", place.filename().string(), ".partial-", getpid()));
  v1::ReadArtifactRequest request;
  request.set_job_id(job_id);
  request.set_name(name);
  absl::Status written;
  RETURN_IF_ERROR(client.ReadArtifact(
      request,
      [&](const v1::FileChunk& chunk) {
        written = receiver.Take(chunk);
        if (written.ok() && progressed) progressed(receiver.total());
        return written.ok();
      },
      cancellation));
  RETURN_IF_ERROR(written);
  RETURN_IF_ERROR(receiver.Keep(place, force));
  return Fetched{receiver.files(), receiver.total()};
}

}  // namespace lab
