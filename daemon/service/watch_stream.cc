#include "daemon/service/watch_stream.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/strings.h"
#include "daemon/service/event_merger.h"
#include "daemon/service/job_watch.h"
#include "daemon/service/requests.h"

namespace lab {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFlushInterval{50};  // 20 messages a second
constexpr milliseconds kLookAround{250};    // between looks whether the client is still there
constexpr int64_t kManyPoints = 8192;       // are taken in before the next flush

constexpr std::array<std::string_view, 7> kKinds = {"state",      "progress", "metric", "sample",
                                                    "checkpoint", "mark",     "log"};

bool Contains(const std::vector<std::string>& kinds, std::string_view kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Knows when everything that a job at rest left has been given out.
class RestWatch {
 public:
  RestWatch(const Store& store, int64_t job) : store_(store), job_(job) {}

  // A state event passed: ask the store again.
  void StateChanged() { ask_ = true; }
  absl::StatusOr<bool> Over(int64_t given_sequence) {
    if (!ask_) return false;
    ASSIGN_OR_RETURN(JobRecord record, store_.GetJobRecord(job_));
    // A job that is not at rest now reports it with an event yet to come.
    ask_ = IsAtRest(record.job.state());
    return ask_ && given_sequence >= record.job.last_sequence();
  }

 private:
  const Store& store_;
  const int64_t job_;
  bool ask_ = true;
};

absl::Status CheckSequence(const Store& store, const v1::WatchJobRequest& request) {
  auto last = store.LastSequence(request.job_id());
  if (!last.ok()) return AboutJob(last.status(), request.job_id());
  if (request.after_sequence() <= *last) return absl::OkStatus();
  return absl::OutOfRangeError(
      Absl(StrCat("after_sequence is ", request.after_sequence(), ", but the last event of job ",
                  request.job_id(), " is ", *last)));
}

}  // namespace

absl::Status CheckWatchRequest(const v1::WatchJobRequest& request) {
  RETURN_IF_ERROR(CheckJobId(request.job_id()));
  if (request.after_sequence() < 0) {
    return absl::InvalidArgumentError("after_sequence must not be negative");
  }
  for (const std::string& kind : request.kinds()) {
    if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
      return absl::InvalidArgumentError(
          Absl(StrCat("kinds: there is no kind \"", kind,
                      "\"; there are state, progress, metric, sample, checkpoint, mark, log")));
    }
  }
  return absl::OkStatus();
}

absl::Status RunWatch(const Store& store, EventBus& events, const v1::WatchJobRequest& request,
                      OpenCalls::Call& call,
                      const std::function<bool(const v1::WatchEvent&)>& write) {
  const int64_t job = request.job_id();
  RETURN_IF_ERROR(CheckSequence(store, request));
  std::vector<std::string> kinds(request.kinds().begin(), request.kinds().end());
  const bool give_states = kinds.empty() || Contains(kinds, "state");
  if (!give_states) kinds.emplace_back("state");  // tells when the job is at rest
  JobWatch watch(&store, &events, job, request.after_sequence(), kinds);
  RestWatch rest(store, job);
  EventMerger merger;
  auto flush_time = SteadyClock::now();
  int64_t quiet_looks = 0;
  while (!call.Ending()) {
    auto over = rest.Over(watch.last_sequence());
    if (!over.ok()) return AboutJob(over.status(), job);
    auto now = SteadyClock::now();
    if (!merger.empty() && (*over || merger.full() || now >= flush_time)) {
      for (const v1::WatchEvent& message : merger.Take()) {
        if (!write(message)) return call.EndStatus();
      }
      flush_time = SteadyClock::now() + kFlushInterval;
    }
    if (*over) return absl::OkStatus();
    auto wait = merger.empty()
                    ? kLookAround
                    : std::chrono::ceil<milliseconds>(
                          std::max(flush_time - SteadyClock::now(), SteadyClock::duration::zero()));
    auto next = watch.Next(wait, merger.empty() ? 1 : kManyPoints);
    if (absl::IsCancelled(next.status())) return absl::UnavailableError("labd is leaving");
    if (!next.ok()) return AboutJob(next.status(), job);
    // The removal of a job is no event; a quiet watch looks for it about once a second.
    quiet_looks = next->empty() ? quiet_looks + 1 : 0;
    if (quiet_looks % 4 == 3) {
      auto exists = store.LastSequence(job);
      if (!exists.ok()) return AboutJob(exists.status(), job);
    }
    for (const auto& event : *next) {
      if (event->has_state()) rest.StateChanged();
      if (give_states || !event->has_state()) merger.Add(*event);
    }
  }
  return call.EndStatus();
}

}  // namespace lab
