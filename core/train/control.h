#pragma once

// The door from the outside to a job: flags that any thread sets and the training thread reads
// between micro-batches.

#include <atomic>

namespace lab {

enum class Stop { kNone, kPause, kCancel, kLeave, kOrphaned };

class Control {
 public:
  void RequestStop(Stop stop) { stop_.store(stop, std::memory_order_relaxed); }
  Stop stop() const { return stop_.load(std::memory_order_relaxed); }
  bool stopping() const { return stop() != Stop::kNone; }

  void RequestCheckpoint() { checkpoint_.store(true, std::memory_order_relaxed); }
  // True once per request.
  bool TakeCheckpointRequest() { return checkpoint_.exchange(false, std::memory_order_relaxed); }

 private:
  std::atomic<Stop> stop_{Stop::kNone};
  std::atomic<bool> checkpoint_{false};
};

}  // namespace lab
