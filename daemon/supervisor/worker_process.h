#pragma once

// One child: lab-worker with a socket on fd 3. The object owns both; it belongs to one thread.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/base/status.h"

namespace lab {

class WorkerProcess {
 public:
  struct Options {
    std::filesystem::path program;
    std::vector<std::string> arguments;  // after the program's name
    int log_fd = -1;                     // the worker's stderr; -1: labd's own
  };

  // The child starts in a process group of its own, with no signal blocked and default handlers,
  // stdin and stdout on /dev/null and no descriptor but 0 to 3. Our end does not block.
  static absl::StatusOr<WorkerProcess> Spawn(const Options& options);
  WorkerProcess() = default;
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) noexcept;
  ~WorkerProcess();  // closes the socket, kills the process and reaps it

  pid_t pid() const { return pid_; }
  int socket() const { return socket_; }
  void CloseSocket();
  // To the worker alone; nothing once it was reaped.
  void Signal(int signal) const;
  // The wait status once the process has ended (and was reaped); nullopt while it lives.
  std::optional<int> TryReap();

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
  std::optional<int> status_;
};

}  // namespace lab
