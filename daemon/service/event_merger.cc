#include "daemon/service/event_merger.h"

#include <utility>

namespace lab {

void EventMerger::Add(const v1::WatchEvent& event) {
  switch (event.kind_case()) {
    case v1::WatchEvent::kMetrics:
      AddPoints(event);
      return;
    case v1::WatchEvent::kProgress:
      progress_ = event;
      return;
    case v1::WatchEvent::kLog:
      held_bytes_ += event.log().text().size();
      logs_.push_back(event);
      return;
    default:
      ClosePoints();
      CloseTransient();
      held_bytes_ += event.ByteSizeLong();
      messages_.push_back(event);
  }
}

void EventMerger::AddPoints(const v1::WatchEvent& event) {
  const v1::MetricPoints& from = event.metrics();
  std::vector<int> index(static_cast<size_t>(from.metrics_size()), -1);
  for (int i = 0; i < from.metric_size(); ++i) {
    if (points_.metrics().metric_size() >= kMaxPoints) {
      ClosePoints();
      index.assign(index.size(), -1);
    }
    v1::MetricPoints& to = *points_.mutable_metrics();
    int& metric = index[static_cast<size_t>(from.metric(i))];
    if (metric < 0) {
      const std::string& name = from.metrics(from.metric(i));
      auto [place, added] = names_.try_emplace(name, to.metrics_size());
      if (added) to.add_metrics(name);
      metric = place->second;
    }
    to.add_metric(metric);
    to.add_step(from.step(i));
    to.add_seconds(from.seconds(i));
    to.add_value(from.value(i));
    to.add_sequence(from.sequence(i));
    points_.set_sequence(from.sequence(i));
    *points_.mutable_time() = event.time();
    ++held_points_;
  }
}

bool EventMerger::empty() const {
  return messages_.empty() && points_.metrics().metric_size() == 0 && !progress_ && logs_.empty();
}

bool EventMerger::full() const {
  return held_points_ >= kMaxPoints || held_bytes_ >= kMaxHeldBytes ||
         messages_.size() + logs_.size() >= kMaxHeldEvents;
}

std::vector<v1::WatchEvent> EventMerger::Take() {
  ClosePoints();
  CloseTransient();
  held_bytes_ = 0;
  held_points_ = 0;
  return std::exchange(messages_, {});
}

void EventMerger::ClosePoints() {
  if (points_.metrics().metric_size() == 0) return;
  messages_.push_back(std::move(points_));
  points_.Clear();
  names_.clear();
}

void EventMerger::CloseTransient() {
  for (v1::WatchEvent& line : logs_) messages_.push_back(std::move(line));
  logs_.clear();
  if (progress_) messages_.push_back(*std::move(progress_));
  progress_.reset();
}

}  // namespace lab
