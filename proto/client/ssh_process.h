#pragma once

// One run of another program whose output is wanted and which must not outlive its caller. Used by
// ssh.cc.

#include <string>
#include <vector>

#include <sys/types.h>

#include "core/base/status.h"

namespace lab {

// A child with stdin on /dev/null, stdout and stderr on pipes. It dies with the thread that started
// it, even if that is killed.
class ChildProcess {
 public:
  // Looks the program up on PATH. A program that cannot be run leaves with 127.
  static absl::StatusOr<ChildProcess> Start(const std::vector<std::string>& words);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();  // ends it if it runs

  // Reads until the child has ended, or `stop_fd` (may be -1) becomes readable. True if it ended.
  bool Await(int stop_fd);
  // SIGTERM, a moment's patience, SIGKILL.
  void End();

  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }
  // As a shell counts: 128 + signal. Requires: it has ended.
  int exit_code() const { return exit_code_; }

 private:
  ChildProcess(pid_t pid, int pid_fd, int out_fd, int err_fd)
      : pid_(pid), pid_fd_(pid_fd), out_fd_(out_fd), err_fd_(err_fd) {}
  void Reap();

  pid_t pid_ = -1;
  int pid_fd_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  int exit_code_ = -1;
  std::string out_;
  std::string err_;
};

}  // namespace lab
