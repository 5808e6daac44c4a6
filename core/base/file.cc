#include "core/base/file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/descriptor.h"
#include "core/base/sha256.h"
#include "core/base/strings.h"

namespace lab {
namespace {

absl::Status WriteAll(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return ErrnoStatus("writing", path);
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> OpenLock(const std::filesystem::path& path, int operation) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoStatus("opening lock", path);
  while (::flock(fd, operation) != 0) {
    if (errno == EINTR) continue;
    bool busy = errno == EWOULDBLOCK;
    absl::Status failure = busy ? absl::UnavailableError(StrCat(path.string(), " is locked"))
                                : ErrnoStatus("locking", path);
    ::close(fd);
    return failure;
  }
  return fd;
}

absl::Status WriteAndRename(const std::filesystem::path& path, std::string_view content,
                            mode_t mode) {
  std::filesystem::path temporary =
      path.parent_path() / StrCat(".", path.filename().string(), ".", ::getpid(), ".tmp");
  absl::Status status = [&]() -> absl::Status {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) return ErrnoStatus("writing", path);
    RETURN_IF_ERROR(WriteAll(file.get(), content, temporary));
    if (::fsync(file.get()) != 0) return ErrnoStatus("syncing", temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return ErrnoStatus("renaming to", path);
    return absl::OkStatus();
  }();
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return SyncPath(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace

absl::Status ErrnoStatus(std::string_view doing, const std::filesystem::path& path) {
  int code = errno;
  std::string message = StrCat(doing, " ", path.string(), ": ", std::strerror(code));
  if (code == ENOENT) return absl::NotFoundError(message);
  if (code == ENOSPC || code == EDQUOT) {
    return Failure(absl::StatusCode::kResourceExhausted, reason::kDiskFull, message);
  }
  if (code == EACCES || code == EPERM || code == EROFS) {
    return Failure(absl::StatusCode::kPermissionDenied, reason::kIoError, message);
  }
  return Failure(absl::StatusCode::kInternal, reason::kIoError, message);
}

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, int64_t limit) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus("opening", path);
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus("reading", path);
  if (S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(StrCat(path.string(), " is a folder, not a file"));
  }
  if (info.st_size > limit) {
    return absl::InvalidArgumentError(StrCat(path.string(), " has ",
                                             static_cast<int64_t>(info.st_size),
                                             " bytes, more than the limit of ", limit));
  }
  std::string content(static_cast<size_t>(info.st_size), '\0');
  size_t have = 0;
  while (true) {  // a file may grow, or be a pipe of unknown size
    if (have == content.size()) content.resize(have + 65536);
    ssize_t got = ::read(file.get(), content.data() + have, content.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("reading", path);
    if (got == 0) break;
    have += static_cast<size_t>(got);
    if (static_cast<int64_t>(have) > limit) {
      return absl::InvalidArgumentError(StrCat(path.string(), " has more than ", limit, " bytes"));
    }
  }
  content.resize(have);
  return content;
}

absl::Status SyncPath(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus("opening", path);
  if (::fsync(file.get()) != 0) return ErrnoStatus("syncing", path);
  return absl::OkStatus();
}

absl::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  return WriteAndRename(path, content, 0644);
}

absl::Status WritePrivateFile(const std::filesystem::path& path, std::string_view content) {
  return WriteAndRename(path, content, 0600);
}

std::string Sha256(std::string_view bytes) {
  Sha256Stream stream;
  stream.Add(bytes);
  return stream.Finish();
}

absl::StatusOr<std::string> Sha256File(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus("opening", path);
  Sha256Stream stream;
  std::string buffer(1 << 20, '\0');
  while (true) {
    ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("reading", path);
    if (got == 0) return stream.Finish();
    stream.Add({buffer.data(), static_cast<size_t>(got)});
  }
}

absl::StatusOr<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus("opening", path);
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus("reading", path);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(StrCat(path.string(), " is not a regular file"));
  }
  MappedFile mapped;
  if (info.st_size == 0) return mapped;
  void* data =
      ::mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) return ErrnoStatus("mapping", path);
  mapped.data_ = static_cast<const char*>(data);
  mapped.size_ = static_cast<size_t>(info.st_size);
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

absl::StatusOr<FileLock> FileLock::TryAcquire(const std::filesystem::path& path) {
  FileLock lock;
  ASSIGN_OR_RETURN(lock.fd_, OpenLock(path, LOCK_EX | LOCK_NB));
  return lock;
}

absl::StatusOr<FileLock> FileLock::Acquire(const std::filesystem::path& path) {
  FileLock lock;
  ASSIGN_OR_RETURN(lock.fd_, OpenLock(path, LOCK_EX));
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status FileLock::WriteText(std::string_view text) {
  if (::ftruncate(fd_, 0) != 0) return ErrnoStatus("writing", "lock file");
  if (::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return ErrnoStatus("writing", "lock file");
  }
  return absl::OkStatus();
}

}  // namespace lab
