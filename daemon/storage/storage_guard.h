#pragma once

// Keeps the disk from filling up: says why no job should start, refuses jobs that will not fit, and
// pauses running ones while their checkpoint still fits. A thread of its own, *storage*, watches;
// the rest may be called from any thread.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "core/base/places.h"
#include "core/base/status.h"
#include "daemon/storage/disk_use.h"
#include "daemon/storage/storage_options.h"

namespace lab {

namespace reason {
inline constexpr std::string_view kDiskBudget = "DISK_BUDGET";
}  // namespace reason

class Store;

class StorageGuard {
 public:
  using Pause = std::function<absl::Status(int64_t job)>;
  using Look = std::function<DiskFigures(const std::filesystem::path&)>;

  // Requires: `store` outlives it. `look` is for tests.
  StorageGuard(StorageOptions options, Store* store, Places places, Look look = DiskOf);
  ~StorageGuard();
  StorageGuard(const StorageGuard&) = delete;
  StorageGuard& operator=(const StorageGuard&) = delete;

  // Begins to watch; `pause` is called from the guard's thread.
  void Start(Pause pause);
  void Stop();

  // Which limit is hit and what to do; "" if none is.
  std::string Trouble() const;
  // RESOURCE_EXHAUSTED (DISK_BUDGET) with the numbers if `needed` more bytes would hit a limit.
  absl::Status CheckNeed(int64_t needed) const;
  int64_t min_free_bytes() const;
  int64_t max_bytes() const { return max_bytes_; }
  // Takes over min_free_bytes and max_bytes; for the latter its thread measures, soon.
  void SetLimits(const StorageOptions& options);

  // One look, as the thread takes it: pauses the jobs that are at risk.
  void CheckJobs(const Pause& pause);

 private:
  void Watch(const Pause& pause);
  // Why the running job is at risk; "" if it is not.
  std::string RiskOf(int64_t job, int64_t free_bytes, int64_t reserve) const;
  void Measure();

  const StorageOptions options_;  // but the limits
  std::atomic<int64_t> given_min_free_bytes_;
  std::atomic<int64_t> max_bytes_;
  Store* const store_;
  const Places places_;
  const Look look_;
  std::set<int64_t> asked_;  // to pause; the guard's thread only

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool ending_ = false;
  bool measure_now_ = false;
  int64_t used_bytes_ = 0;  // at the last measurement
  std::thread thread_;
};

}  // namespace lab
