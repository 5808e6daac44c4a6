#include "daemon/service/event_bus.h"

#include <algorithm>
#include <utility>

namespace lab {

bool IsTransient(const v1::WatchEvent& event) { return event.has_progress() || event.has_log(); }

Watcher::Popped Watcher::Pop(std::chrono::steady_clock::time_point deadline, int64_t enough) {
  std::unique_lock lock(mutex_);
  awaited_ = enough;
  changed_.wait_until(lock, deadline, [&] { return cancelled_ || dropped_ || weight_ >= enough; });
  awaited_ = 0;
  if (cancelled_) return {Outcome::kCancelled, job_, nullptr};
  if (dropped_) return {Outcome::kDropped, job_, nullptr};
  if (entries_.empty()) return {Outcome::kTimeout, job_, nullptr};
  Entry entry = std::move(entries_.front());
  entries_.pop_front();
  weight_ -= entry.weight;
  return {Outcome::kEvent, entry.job, std::move(entry.event)};
}

void Watcher::Cancel() {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  entries_.clear();
  weight_ = 0;
  changed_.notify_all();
}

void Watcher::Drop() {
  std::lock_guard lock(mutex_);
  dropped_ = true;
  // What is queued would come again with the history.
  entries_.clear();
  weight_ = 0;
  changed_.notify_all();
}

void Watcher::Push(int64_t job, const std::shared_ptr<const v1::WatchEvent>& event) {
  std::unique_lock lock(mutex_);
  if (dropped_ || cancelled_) return;
  // Only the newest report of progress is of use.
  if (event->has_progress() && !entries_.empty() && entries_.back().job == job &&
      entries_.back().event->has_progress()) {
    entries_.back().event = event;
    return;
  }
  int64_t weight = std::max<int64_t>(1, event->metrics().step_size());
  if (weight_ + weight > capacity_) {
    // A log line is not worth a new read of the history.
    if (IsTransient(*event)) return;
    lock.unlock();
    Drop();
    return;
  }
  weight_ += weight;
  entries_.push_back({job, event, weight});
  if (awaited_ > 0 && weight_ >= awaited_) changed_.notify_one();
}

std::shared_ptr<Watcher> EventBus::Subscribe(int64_t job, int64_t capacity) {
  auto watcher = std::make_shared<Watcher>(job, capacity);
  std::lock_guard lock(mutex_);
  if (shut_down_) {
    watcher->Cancel();
  } else {
    watchers_.push_back(watcher);
  }
  return watcher;
}

bool EventBus::Wanted(int64_t job) const {
  std::lock_guard lock(mutex_);
  return std::any_of(watchers_.begin(), watchers_.end(), [&](const auto& held) {
    auto watcher = held.lock();
    return watcher && (watcher->job() == 0 || watcher->job() == job);
  });
}

std::vector<std::shared_ptr<Watcher>> EventBus::WatchersOf(int64_t job) {
  std::lock_guard lock(mutex_);
  std::erase_if(watchers_, [](const auto& held) { return held.expired(); });
  std::vector<std::shared_ptr<Watcher>> found;
  for (const auto& held : watchers_) {
    auto watcher = held.lock();
    bool wants = watcher && (job == 0 || watcher->job() == 0 || watcher->job() == job);
    if (wants) found.push_back(std::move(watcher));
  }
  return found;
}

void EventBus::Missed(int64_t job) {
  for (const auto& watcher : WatchersOf(job)) watcher->Drop();
}

void EventBus::Post(int64_t job, std::shared_ptr<const v1::WatchEvent> event) {
  for (const auto& watcher : WatchersOf(job)) watcher->Push(job, event);
}

void EventBus::Shutdown() {
  {
    std::lock_guard lock(mutex_);
    shut_down_ = true;
  }
  for (const auto& watcher : WatchersOf(0)) watcher->Cancel();
}

}  // namespace lab
