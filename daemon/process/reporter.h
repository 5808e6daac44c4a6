#pragma once

// Keeps the service manager informed while labd lives: readiness, a status line, signs of life,
// more time to leave. Two threads: *reporter* tells, *pulse* asks the daemon's own threads whether
// they still answer. The public functions may be called from any thread.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "daemon/process/notify.h"

namespace lab {

class Reporter {
 public:
  // What it asks of the lab, from its own threads.
  struct Lab {
    // "run 12 step 800/5000, 3 queued"
    std::function<std::string()> summary;
    // Returns when every thread of the daemon has answered; calls `asking` before each with its
    // name.
    std::function<void(const std::function<void(std::string_view)>& asking)> ask_threads;
    // How many jobs have a worker.
    std::function<int64_t()> active;
  };

  // Does nothing if `notifier` is not heard.
  explicit Reporter(Notifier notifier);
  ~Reporter();  // as End()
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // labd starts: "STATUS=…".
  void Starting(std::string_view status);
  // It serves. What `lab` calls must live until End().
  void Ready(Lab lab);
  // Around a reload.
  void Reloading();
  void Reloaded();
  // It leaves. As long as workers write checkpoints, the manager is asked for patience.
  void Stopping();
  // Ends the threads.
  void End();

 private:
  using Clock = std::chrono::steady_clock;

  void Tell();
  void Pulse();
  std::string News(std::string_view summary);
  std::string SignOfLife(Clock::time_point now);

  const Notifier notifier_;
  Lab lab_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool ending_ = false;
  bool stopping_ = false;
  std::string told_;               // the last status
  std::string asking_;             // which thread is asked; "": none
  Clock::time_point answered_at_;  // the last time all had answered
  Clock::time_point alive_at_;     // the last sign of life
  Clock::time_point patience_at_;  // the last plea for time
  bool hangs_ = false;             // which was logged

  std::thread pulse_;
  std::thread reporter_;
};

}  // namespace lab
