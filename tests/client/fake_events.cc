#include <chrono>

#include "tests/client/fake_lab.h"

namespace lab::testing {

v1::WatchEvent Event(int64_t sequence) {
  v1::WatchEvent event;
  event.set_sequence(sequence);
  event.mutable_time()->set_seconds(
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 1);
  return event;
}

v1::WatchEvent StateEvent(int64_t sequence, v1::Job::State state) {
  v1::WatchEvent event = Event(sequence);
  event.mutable_state()->set_state(state);
  event.mutable_state()->set_attempt(1);
  return event;
}

v1::WatchEvent LossEvent(const std::vector<int64_t>& sequences) {
  v1::WatchEvent event = Event(sequences.back());
  v1::MetricPoints& points = *event.mutable_metrics();
  points.add_metrics("train/loss");
  for (int64_t sequence : sequences) {
    points.add_metric(0);
    points.add_step(sequence);
    points.add_seconds(0.5 * static_cast<double>(sequence));
    points.add_value(1.0 / static_cast<double>(sequence));
    points.add_sequence(sequence);
  }
  return event;
}

}  // namespace lab::testing
