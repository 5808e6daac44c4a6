#pragma once

// What the store knows beyond the tables: how far jobs are, their last committed sequences, and a
// count of all changes.
// Safe from any thread.

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "lab/v1/job.pb.h"

namespace lab {

class LiveState {
 public:
  void SetProgress(int64_t job, const v1::Progress& progress) {
    std::lock_guard lock(mutex_);
    progress_[job] = progress;
    unwritten_.insert(job);
    ++revision_;
  }
  // See Store::revision: what was committed is to be seen.
  void CountChange() { ++revision_; }
  int64_t revision() const { return revision_; }
  // Lays what is newer than the row over `job`.
  void Complete(v1::Job* job) const {
    std::lock_guard lock(mutex_);
    auto found = progress_.find(job->id());
    if (found != progress_.end()) *job->mutable_progress() = found->second;
  }
  // Progress that no commit has written yet; it counts as written from now on.
  std::map<int64_t, v1::Progress> TakeUnwritten() {
    std::lock_guard lock(mutex_);
    std::map<int64_t, v1::Progress> taken;
    for (int64_t job : unwritten_) taken[job] = progress_[job];
    unwritten_.clear();
    return taken;
  }
  // After a commit that failed.
  void PutBack(const std::map<int64_t, v1::Progress>& taken) {
    std::lock_guard lock(mutex_);
    for (const auto& [job, progress] : taken) {
      if (progress_.contains(job)) unwritten_.insert(job);
    }
  }
  void SetSequence(int64_t job, int64_t sequence) {
    std::lock_guard lock(mutex_);
    sequences_[job] = sequence;
  }
  std::optional<int64_t> Sequence(int64_t job) const {
    std::lock_guard lock(mutex_);
    auto found = sequences_.find(job);
    return found == sequences_.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }
  void Forget(int64_t job) {
    std::lock_guard lock(mutex_);
    progress_.erase(job);
    unwritten_.erase(job);
    sequences_.erase(job);
  }

 private:
  std::atomic<int64_t> revision_{1};
  mutable std::mutex mutex_;  // guards everything below
  std::map<int64_t, v1::Progress> progress_;
  std::set<int64_t> unwritten_;
  std::map<int64_t, int64_t> sequences_;
};

}  // namespace lab
