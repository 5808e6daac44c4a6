#include "proto/client/watch.h"

#include <algorithm>
#include <utility>

namespace lab {
namespace {

// The points of `all` whose sequence is beyond `last`.
v1::MetricPoints NewPoints(const v1::MetricPoints& all, int64_t last) {
  v1::MetricPoints fresh;
  *fresh.mutable_metrics() = all.metrics();
  int count = std::min({all.metric_size(), all.step_size(), all.seconds_size(), all.value_size(),
                        all.sequence_size()});
  for (int i = 0; i < count; ++i) {
    if (all.sequence(i) <= last) continue;
    fresh.add_metric(all.metric(i));
    fresh.add_step(all.step(i));
    fresh.add_seconds(all.seconds(i));
    fresh.add_value(all.value(i));
    fresh.add_sequence(all.sequence(i));
  }
  return fresh;
}

}  // namespace

bool HasEnded(v1::Job::State state) {
  return state == v1::Job::SUCCEEDED || state == v1::Job::FAILED || state == v1::Job::CANCELLED;
}

ReconnectingWatch::ReconnectingWatch(const LabClient* client, int64_t job_id, WatchOptions options)
    : client_(client),
      job_id_(job_id),
      options_(std::move(options)),
      last_sequence_(options_.after_sequence),
      reconnector_(options_) {}

absl::Status ReconnectingWatch::Run(const Receive<v1::WatchEvent>& receive,
                                    const std::function<void(const absl::Status&)>& disconnected) {
  auto connect = [&](Cancellation* cancellation) -> absl::StatusOr<bool> {
    v1::WatchJobRequest request;
    request.set_job_id(job_id_);
    request.set_after_sequence(last_sequence_);
    for (const std::string& kind : options_.kinds) request.add_kinds(kind);
    bool enough = false;
    absl::Status status = client_->WatchJobOnce(
        request,
        [&](const v1::WatchEvent& event) {
          reconnector_.Heard();
          enough = !Deliver(event, receive);
          return !enough;
        },
        cancellation);
    if (enough) return true;
    RETURN_IF_ERROR(status);
    return AskWhetherEnded();
  };
  return reconnector_.Run(connect, disconnected);
}

bool ReconnectingWatch::Deliver(const v1::WatchEvent& event,
                                const Receive<v1::WatchEvent>& receive) {
  // Not stored: they carry the last committed sequence and come once.
  bool passing = event.has_progress() || event.has_log();
  if (passing) return receive(event);
  if (event.sequence() <= last_sequence_) return true;
  if (event.has_state()) state_ = event.state().state();
  int64_t before = last_sequence_;
  last_sequence_ = event.sequence();
  if (event.has_metrics()) {
    const auto& sequences = event.metrics().sequence();
    bool overlaps = std::any_of(sequences.begin(), sequences.end(),
                                [before](int64_t sequence) { return sequence <= before; });
    if (overlaps) {
      v1::WatchEvent fresh = event;
      *fresh.mutable_metrics() = NewPoints(event.metrics(), before);
      return receive(fresh);
    }
  }
  return receive(event);
}

absl::StatusOr<bool> ReconnectingWatch::AskWhetherEnded() const {
  if (HasEnded(state_)) return true;
  ASSIGN_OR_RETURN(v1::Job job, client_->GetJob(job_id_));
  // What is committed after the last event that came must still be fetched.
  return HasEnded(job.state()) &&
         (!options_.kinds.empty() || job.last_sequence() <= last_sequence_);
}

}  // namespace lab
