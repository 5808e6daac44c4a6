#include "daemon/store/event_packer.h"

#include <algorithm>
#include <utility>

namespace lab {

void EventPacker::AddPoint(int64_t metric, const std::string& name, const StoredPoint& point,
                           int64_t time_ms) {
  if (!open_ || events_.back().metrics().metric_size() >= kMessagePoints) {
    events_.emplace_back();
    std::fill(place_.begin(), place_.end(), -1);
    open_ = true;
  }
  v1::WatchEvent& event = events_.back();
  v1::MetricPoints& points = *event.mutable_metrics();
  auto key = static_cast<size_t>(metric);
  if (key >= place_.size()) place_.resize(key + 1, -1);
  if (place_[key] < 0) {
    place_[key] = points.metrics_size();
    points.add_metrics(name);
  }
  points.add_metric(place_[key]);
  points.add_step(point.step);
  points.add_seconds(point.seconds);
  points.add_value(point.value);
  points.add_sequence(point.sequence);
  event.set_sequence(point.sequence);
  *event.mutable_time() = ToTimestamp(time_ms);
}

void EventPacker::AddEvent(v1::WatchEvent event) {
  events_.push_back(std::move(event));
  open_ = false;
}

std::vector<v1::WatchEvent> EventPacker::Take() {
  open_ = false;
  return std::exchange(events_, {});
}

google::protobuf::Timestamp ToTimestamp(int64_t unix_ms) {
  google::protobuf::Timestamp time;
  int64_t seconds = unix_ms / 1000 - (unix_ms % 1000 < 0 ? 1 : 0);
  time.set_seconds(seconds);
  time.set_nanos(static_cast<int32_t>((unix_ms - seconds * 1000) * 1'000'000));
  return time;
}

int64_t ToMillis(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000 + time.nanos() / 1'000'000;
}

}  // namespace lab
