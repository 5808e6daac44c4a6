#pragma once

// What signals mean for labd, and the thread that takes them:
//   SIGTERM, SIGINT  leave
//   SIGHUP           read the settings again; leave if labd was started in a terminal (it closed)
//   SIGUSR1          running jobs write a checkpoint now
//   SIGPIPE          nothing

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace lab {

enum class Order { kNone, kLeave, kReload, kCheckpoint };

// Pure.
Order OrderOf(int signal, bool in_terminal);

class Signals {
 public:
  // Takes the signals away from this thread and all that it starts later.
  Signals();
  ~Signals();  // as End()
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Calls `obey`, in a thread of its own, for each signal from the constructor on.
  void Start(std::function<void(Order)> obey);
  void End();

 private:
  sigset_t set_;
  bool in_terminal_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace lab
