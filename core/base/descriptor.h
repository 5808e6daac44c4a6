#pragma once

// Owns a file descriptor; reads from one. Any thread, one at a time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include <unistd.h>

#include "core/base/status.h"

namespace lab {

class Descriptor {
 public:
  // A negative number owns nothing: the failed open(2) of the caller.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // Gives it up unclosed.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Up to `limit` bytes at `offset` of a regular file; fewer only at its end. `path` is for the
// error.
absl::StatusOr<std::string> ReadAt(int fd, int64_t offset, size_t limit,
                                   const std::filesystem::path& path);

}  // namespace lab
