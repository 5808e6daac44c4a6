#pragma once

// The door from the outside to a job: flags and changed settings that any thread leaves and the
// training thread takes, flags between micro-batches, changes between steps.

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "core/train/live_change.h"

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

  // Changes of one call are taken together, so that they act at one step.
  void AddChanges(std::vector<LiveChange> changes) {
    std::lock_guard lock(mutex_);
    for (LiveChange& change : changes) changes_.push_back(std::move(change));
  }
  // What was added since the last call, in order.
  std::vector<LiveChange> TakeChanges() {
    std::lock_guard lock(mutex_);
    return std::exchange(changes_, {});
  }

 private:
  std::atomic<Stop> stop_{Stop::kNone};
  std::atomic<bool> checkpoint_{false};
  std::mutex mutex_;  // guards changes_
  std::vector<LiveChange> changes_;
};

}  // namespace lab
