#pragma once

// Files: whole reads, atomic durable writes, memory maps, advisory locks. Errors name the path;
// a full disk has reason DISK_FULL. Any thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace lab {

// The whole file. NOT_FOUND if absent; refuses more than `limit` bytes.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path,
                                     int64_t limit = int64_t{1} << 40);

// Writes to a dot-prefixed temporary beside `path`, syncs it, renames it over `path` and syncs the
// folder: after a crash either the old or the new content is there, whole.
absl::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);
// The same for what only its owner may read, whatever the umask: mode 0600.
absl::Status WritePrivateFile(const std::filesystem::path& path, std::string_view content);

// Flushes a file's or a folder's content to the disk.
absl::Status SyncPath(const std::filesystem::path& path);

// A status for the current errno, "doing what: path: reason"; ENOSPC and EDQUOT become DISK_FULL.
absl::Status ErrnoStatus(std::string_view doing, const std::filesystem::path& path);

// Lower-case hexadecimal SHA-256.
std::string Sha256(std::string_view bytes);
absl::StatusOr<std::string> Sha256File(const std::filesystem::path& path);

// A read-only memory map of a whole file; move-only. An empty file maps to an empty view.
class MappedFile {
 public:
  static absl::StatusOr<MappedFile> Open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

// An exclusive flock(2), held while alive and released by the kernel when the process dies; not
// inherited by children (O_CLOEXEC).
class FileLock {
 public:
  // Creates the file if needed. UNAVAILABLE at once if another process holds it.
  static absl::StatusOr<FileLock> TryAcquire(const std::filesystem::path& path);
  // Waits until the lock is free.
  static absl::StatusOr<FileLock> Acquire(const std::filesystem::path& path);
  FileLock() = default;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

  // Replaces the lock file's text, e.g. with the holder's pid.
  absl::Status WriteText(std::string_view text);

 private:
  int fd_ = -1;
};

}  // namespace lab
