#pragma once

// One job's events for one reader: the history after a sequence, then the live tail, with no gap
// and no duplicate, however slow the reader is. Next is called by one thread; Cancel by any.

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/service/event_bus.h"
#include "daemon/store/store.h"

namespace lab {

class JobWatch {
 public:
  // Requires: `store` and `bus` outlive it. `kinds` as in WatchJobRequest; `capacity` as of
  // EventBus::Subscribe.
  JobWatch(const Store* store, EventBus* bus, int64_t job, int64_t after_sequence,
           std::vector<std::string> kinds, int64_t capacity = EventBus::kCapacity);
  // The next events in order, at least one unless `wait` passes without any. Live ones are waited
  // for until there are `enough` points and other events or `wait` has passed. CANCELLED after
  // Cancel or the bus's Shutdown; NOT_FOUND for an unknown or removed job.
  absl::StatusOr<std::vector<std::shared_ptr<const v1::WatchEvent>>> Next(
      std::chrono::milliseconds wait, int64_t enough = 1);
  void Cancel();
  // The last sequence whose event was given out or filtered away.
  int64_t last_sequence() const { return last_; }

 private:
  absl::StatusOr<std::vector<std::shared_ptr<const v1::WatchEvent>>> ReadHistory();
  bool Wants(const v1::WatchEvent& event) const;
  bool Subscribe();

  const Store* store_;
  EventBus* bus_;
  const int64_t job_;
  const std::vector<std::string> kinds_;
  const int64_t capacity_;
  int64_t last_;
  bool live_ = false;
  std::mutex mutex_;  // guards watcher_ and cancelled_ against Cancel
  std::shared_ptr<Watcher> watcher_;
  bool cancelled_ = false;
};

// The name of an event's kind in WatchJobRequest: "state", "metric", …; "" for none.
std::string KindOf(const v1::WatchEvent& event);

}  // namespace lab
