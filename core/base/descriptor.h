#pragma once

// Owns a file descriptor. Any thread, one at a time.

#include <utility>

#include <unistd.h>

namespace lab {

class Descriptor {
 public:
  // A negative number owns nothing: the failed open(2) of the caller.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // Gives it up unclosed.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

}  // namespace lab
