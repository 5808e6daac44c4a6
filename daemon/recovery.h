#pragma once

// At labd's start: what workers of an earlier labd left. Per job it waits for the former worker's
// lock (then kills it), takes in its farewell checkpoint, and tells the scheduler. A thread of its
// own, *recovery*, which ends when all is done.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/places.h"
#include "core/base/status.h"

namespace lab {

class Store;

// Takes in the farewells of one job whose worker is gone, at labd's start or before the job's next
// one: first what it had still to report, then the checkpoint. Harmless to repeat.
absl::Status TakeInFarewells(Store& store, const Places& places, int64_t job);

class Recovery {
 public:
  // `recovered` is called from the thread, once per job.
  Recovery(Store* store, Places places, double lock_seconds,
           std::function<void(int64_t job)> recovered);
  ~Recovery();  // gives up on what is not done
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  void Start(std::vector<int64_t> jobs);

 private:
  void Recover(int64_t job);
  // False if it should give up.
  bool WaitForLock(int64_t job);
  bool Pause(double seconds);

  Store* const store_;
  const Places places_;
  const double lock_seconds_;
  const std::function<void(int64_t)> recovered_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lab
