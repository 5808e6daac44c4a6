#include "daemon/supervisor/worker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr off_t kKeptStderr = 256 * 1024;   // of a worker's stderr, at its end …
constexpr off_t kMostStderr = 1024 * 1024;  // … and what it takes on the disk at most, about
constexpr int kReadsPerTurn = 16;           // so that one loud worker does not starve the others

// A file without a name, which its writer can go on using after labd is gone.
absl::StatusOr<int> NamelessFile(const std::string& folder) {
  std::string pattern = folder + "/.worker-stderr-XXXXXX";
  int fd = ::mkostemp(pattern.data(), O_CLOEXEC | O_APPEND);
  if (fd < 0) return ErrnoStatus("making a file for a worker's stderr in", folder);
  ::unlink(pattern.c_str());
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Worker>> Worker::Start(WorkerProcess::Options options,
                                                      const std::string& folder, int64_t serial,
                                                      double now) {
  // A full disk must not keep a worker from starting; its stderr then joins labd's own.
  absl::StatusOr<int> file = NamelessFile(folder);
  int stderr_fd = file.ok() ? *file : -1;
  options.log_fd = stderr_fd;
  absl::StatusOr<WorkerProcess> process = WorkerProcess::Spawn(options);
  if (!process.ok()) {
    if (stderr_fd >= 0) ::close(stderr_fd);
    return process.status();
  }
  std::unique_ptr<Worker> worker(new Worker(serial, *std::move(process), stderr_fd));
  worker->started = now;
  worker->last_heard = now;
  return worker;
}

Worker::Worker(int64_t serial, WorkerProcess process, int stderr_fd)
    : serial(serial), process(std::move(process)), stderr_fd_(stderr_fd) {}

Worker::~Worker() {
  if (stderr_fd_ >= 0) ::close(stderr_fd_);
}

void Worker::Send(std::string_view frame) {
  unsent_ += frame;
  Flush();
}

void Worker::Flush() {
  while (!unsent_.empty() && process.socket() >= 0) {
    ssize_t sent =
        ::send(process.socket(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    // A socket that takes nothing more is noticed, with its reason, when it is read.
    if (sent < 0) return unsent_.clear();
    unsent_.erase(0, static_cast<size_t>(sent));
  }
}

absl::StatusOr<std::vector<Frame>> Worker::Receive() {
  BoundStderr();
  std::vector<Frame> received;
  std::string chunk(kReadBytes, '\0');
  drained = false;
  for (int turn = 0; turn < kReadsPerTurn && !closed; ++turn) {
    ssize_t got = ::read(process.socket(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      drained = true;
      break;
    }
    if (got <= 0) {
      // A reset connection is an end like any other: the exit status says more.
      closed = true;
      break;
    }
    decoder_.Append({chunk.data(), static_cast<size_t>(got)});
    while (true) {
      ASSIGN_OR_RETURN(std::optional<Frame> frame, decoder_.Next());
      if (!frame) break;
      received.push_back(*std::move(frame));
    }
  }
  return received;
}

void Worker::BoundStderr() {
  struct stat info = {};
  if (stderr_fd_ < 0 || ::fstat(stderr_fd_, &info) != 0) return;
  if (info.st_size - stderr_freed_ < kMostStderr) return;
  const off_t freed = info.st_size - kKeptStderr;
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (::fallocate(stderr_fd_, mode, 0, freed) == 0) {
    stderr_freed_ = freed;
  } else if (::ftruncate(stderr_fd_, 0) == 0) {
    // No holes on this file system: it begins anew.
    stderr_freed_ = 0;
  }
}

std::string Worker::LastLines(size_t limit) const {
  struct stat info = {};
  if (stderr_fd_ < 0 || ::fstat(stderr_fd_, &info) != 0 || info.st_size == 0) return "";
  size_t size = std::min(limit, static_cast<size_t>(info.st_size));
  std::string text(size, '\0');
  ssize_t got = ::pread(stderr_fd_, text.data(), size, info.st_size - static_cast<off_t>(size));
  if (got <= 0) return "";
  text.resize(static_cast<size_t>(got));
  if (size < static_cast<size_t>(info.st_size)) {
    size_t line = text.find('\n');
    if (line != std::string::npos && line + 1 < text.size()) text.erase(0, line + 1);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return ReplaceInvalidUtf8(text);
}

}  // namespace lab
