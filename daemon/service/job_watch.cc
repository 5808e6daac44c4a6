#include "daemon/service/job_watch.h"

#include <algorithm>
#include <utility>

#include "daemon/store/event_store.h"

namespace lab {
namespace {

using Events = std::vector<std::shared_ptr<const v1::WatchEvent>>;

constexpr int64_t kPointsAtOnce = 32'768;  // and other events

absl::Status Cancelled() { return absl::CancelledError("the watch was ended"); }

}  // namespace

JobWatch::JobWatch(const Store* store, EventBus* bus, int64_t job, int64_t after_sequence,
                   std::vector<std::string> kinds, int64_t capacity)
    : store_(store),
      bus_(bus),
      job_(job),
      kinds_(std::move(kinds)),
      capacity_(capacity),
      last_(after_sequence) {}

bool JobWatch::Wants(const v1::WatchEvent& event) const {
  return kinds_.empty() || std::find(kinds_.begin(), kinds_.end(), KindOf(event)) != kinds_.end();
}

bool JobWatch::Subscribe() {
  std::lock_guard lock(mutex_);
  if (cancelled_) return false;
  watcher_ = bus_->Subscribe(job_, capacity_);
  return true;
}

void JobWatch::Cancel() {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (watcher_) watcher_->Cancel();
}

absl::StatusOr<Events> JobWatch::ReadHistory() {
  ASSIGN_OR_RETURN(History history, store_->ReadEventsAfter(job_, last_, kinds_));
  last_ = history.through;
  live_ = history.at_end;
  Events events;
  for (v1::WatchEvent& event : history.events) {
    events.push_back(std::make_shared<const v1::WatchEvent>(std::move(event)));
  }
  return events;
}

absl::StatusOr<Events> JobWatch::Next(std::chrono::milliseconds wait, int64_t enough) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  if (!watcher_ && !Subscribe()) return Cancelled();
  enough = std::min(enough, std::max<int64_t>(1, capacity_ / 2));  // before the queue overflows
  int64_t points = 0;
  Events events;
  while (true) {
    if (!live_) {
      // Cancelled in the middle of a long history, too.
      {
        std::lock_guard lock(mutex_);
        if (cancelled_) return Cancelled();
      }
      ASSIGN_OR_RETURN(events, ReadHistory());
      if (!events.empty()) return events;
      continue;
    }
    // What is there already comes along.
    Watcher::Popped popped = events.empty()
                                 ? watcher_->Pop(deadline, enough)
                                 : watcher_->Pop(std::chrono::steady_clock::time_point());
    if (popped.outcome == Watcher::Outcome::kCancelled) return Cancelled();
    if (popped.outcome == Watcher::Outcome::kTimeout) return events;
    if (popped.outcome == Watcher::Outcome::kDropped) {
      if (!Subscribe()) return Cancelled();
      live_ = false;
      if (!events.empty()) return events;
      continue;
    }
    const v1::WatchEvent& event = *popped.event;
    points += std::max(1, event.metrics().step_size());
    if (!IsTransient(event)) {
      if (event.sequence() <= last_) continue;
      last_ = event.sequence();
    }
    if (Wants(event)) events.push_back(std::move(popped.event));
    if (points >= kPointsAtOnce) return events;
  }
}

std::string KindOf(const v1::WatchEvent& event) { return std::string(EventKind(event)); }

}  // namespace lab
