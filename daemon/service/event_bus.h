#pragma once

// Committed events on their way to watchers. Posting never blocks: a watcher that does not keep up
// overflows its bounded queue, is dropped, and must catch up from the store. Safe from any thread;
// a Watcher is popped by one thread and may be cancelled by another.
//
// History, then the live tail, with no gap and no duplicate (JobWatch does this):
//   1. Subscribe. From now on the queue holds everything that is committed.
//   2. Read the store from the last sequence seen until it says at_end. What was committed before
//      that read is in it; a commit is posted whole, so nothing later straddles its end.
//   3. Pop, skipping stored events whose sequence is not greater than the last one seen.
//   4. On kDropped subscribe again and go on with 2.
// Progress and log lines are not stored: they carry the last committed sequence and are never
// skipped.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "daemon/store/committed_events.h"

namespace lab {

class Watcher {
 public:
  enum class Outcome { kEvent, kTimeout, kDropped, kCancelled };
  struct Popped {
    Outcome outcome = Outcome::kTimeout;
    int64_t job = 0;
    std::shared_ptr<const v1::WatchEvent> event;  // with kEvent
  };

  Watcher(int64_t job, int64_t capacity) : job_(job), capacity_(capacity) {}
  // Gives the next event; waits until `enough` points and other events are queued, at the latest
  // until `deadline`. Dropped and cancelled are final. Who asks for many is woken once for all of
  // them: a crowd of watchers that each event woke would cost the trainer its processor.
  Popped Pop(std::chrono::steady_clock::time_point deadline, int64_t enough = 1);
  // Wakes the popping thread for good.
  void Cancel();
  int64_t job() const { return job_; }  // 0: all jobs

 private:
  friend class EventBus;
  void Push(int64_t job, const std::shared_ptr<const v1::WatchEvent>& event);
  void Drop();

  struct Entry {
    int64_t job;
    std::shared_ptr<const v1::WatchEvent> event;
    int64_t weight;
  };
  const int64_t job_;
  const int64_t capacity_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  int64_t weight_ = 0;   // points and events queued
  int64_t awaited_ = 0;  // at this weight the popping thread is to be woken; 0: it does not wait
  bool dropped_ = false;
  bool cancelled_ = false;
};

// True for progress and log lines, which no history holds.
bool IsTransient(const v1::WatchEvent& event);

class EventBus : public CommittedEvents {
 public:
  static constexpr int64_t kCapacity = 262'144;
  // A watcher of one job, or of all jobs with job = 0. It leaves the bus when its last owner lets
  // go of it. `capacity` counts points and other events.
  std::shared_ptr<Watcher> Subscribe(int64_t job, int64_t capacity = kCapacity);
  bool Wanted(int64_t job) const override;
  void Missed(int64_t job) override;
  void Post(int64_t job, std::shared_ptr<const v1::WatchEvent> event) override;
  // Cancels every watcher, and every later one at once: labd is leaving.
  void Shutdown();

 private:
  std::vector<std::shared_ptr<Watcher>> WatchersOf(int64_t job);

  mutable std::mutex mutex_;  // guards everything below
  std::vector<std::weak_ptr<Watcher>> watchers_;
  bool shut_down_ = false;
};

}  // namespace lab
