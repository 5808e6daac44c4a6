#pragma once

// EventSink → frames on the socket. The training thread only appends to a buffer in memory; a
// thread of its own (*writer*) sends, and beats the heart every two seconds. What labd has not
// acknowledged is kept for a farewell checkpoint. All methods are safe from any thread.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/frame.h"
#include "core/train/event_sink.h"

namespace lab {

class EventWriter : public EventSink {
 public:
  // Sends on `fd`, which stays the caller's.
  explicit EventWriter(int fd);
  ~EventWriter() override;  // sends what waits, if the peer still reads

  // Any frame that is no event of a job: hello, answers, tokens.
  void Send(const nlohmann::json& header, std::string_view payload = {});

  // Before the first event of a run: its metrics by index, its attempt, and the number of its first
  // event. Seconds() counts from here.
  void StartRun(const std::vector<MetricSpec>& metrics, int64_t attempt, int64_t first_number);

  void Declare(const std::vector<MetricSpec>& metrics) override;
  void Metric(std::string_view name, int64_t step, double value) override;
  void Sample(const SampleRecord& sample) override;
  void Checkpoint(const CheckpointRecord& checkpoint) override;
  void Mark(int64_t step, std::string_view text) override;
  void MarkAs(std::string_view kind, int64_t step, std::string_view text) override;
  void Changed(const LiveChange& change) override;
  void Progress(const ProgressRecord& progress) override;
  void Log(std::string_view line) override;
  double Seconds() const override;
  void SetEarlierSeconds(double seconds) override;
  std::string Unacknowledged() const override;

  // labd has committed every event up to `number`.
  void Acknowledge(int64_t number);
  // Waits until everything was handed to the socket, or the peer is gone.
  void Flush();

 private:
  struct Kept {
    int64_t last_number;
    std::string bytes;
  };
  void Event(std::string_view kind, int64_t step, nlohmann::json data,
             std::string_view payload = {});
  // The three require: mutex_ held.
  void AddMetrics(const std::vector<MetricSpec>& metrics);
  void CloseOpenPoints();
  void Enqueue(std::string bytes);
  void Run();

  const int fd_;
  mutable std::mutex mutex_;  // guards all below
  // Of the run: an idle worker may have waited for it for hours.
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::condition_variable wake_, drained_;
  double earlier_seconds_ = 0;
  std::map<std::string, uint32_t, std::less<>> metric_index_;
  int64_t attempt_ = 1;
  nlohmann::json declared_ = nlohmann::json::array();
  std::string declaration_;  // the encoded `declare` frame of all of them
  std::string open_points_;  // payload of the points frame being filled
  int64_t open_first_ = 0;   // number of its first point
  int64_t next_number_ = 1;
  std::deque<std::string> outgoing_;
  std::deque<Kept> kept_;  // sent or waiting, not acknowledged
  bool sending_ = false;
  bool peer_gone_ = false;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace lab
