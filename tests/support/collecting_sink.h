#pragma once

// An EventSink that keeps everything, and can stop the run at a chosen step.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/train/control.h"
#include "core/train/event_sink.h"

namespace lab {

class CollectingSink : public EventSink {
 public:
  // Asks `control` for `stop` once the loss of `step` is logged; step 0: never.
  explicit CollectingSink(Control* control = nullptr, int64_t stop_step = 0,
                          Stop stop = Stop::kPause)
      : control_(control), stop_step_(stop_step), stop_(stop) {}

  void Declare(const std::vector<MetricSpec>& specs) override {
    declared.insert(declared.end(), specs.begin(), specs.end());
  }
  void Metric(std::string_view name, int64_t step, double value) override {
    metrics[std::string(name)].emplace_back(step, value);
    if (stop_step_ > 0 && name == "train/loss" && step == stop_step_) control_->RequestStop(stop_);
  }
  void Sample(const SampleRecord& sample) override { samples.push_back(sample); }
  void Checkpoint(const CheckpointRecord& record) override { checkpoints.push_back(record); }
  void Mark(int64_t step, std::string_view text) override { marks.emplace_back(step, text); }
  void Progress(const ProgressRecord& record) override { progress.push_back(record); }
  void Log(std::string_view line) override { log.emplace_back(line); }
  double Seconds() const override { return earlier_seconds + 1; }
  void SetEarlierSeconds(double seconds) override { earlier_seconds = seconds; }
  std::string Unacknowledged() const override { return "frames"; }

  // The values of a metric by step; a later point of the same step wins.
  std::map<int64_t, double> Series(const std::string& name) const {
    std::map<int64_t, double> series;
    if (auto found = metrics.find(name); found != metrics.end()) {
      for (const auto& [step, value] : found->second) series[step] = value;
    }
    return series;
  }

  std::vector<MetricSpec> declared;
  std::map<std::string, std::vector<std::pair<int64_t, double>>> metrics;
  std::vector<SampleRecord> samples;
  std::vector<CheckpointRecord> checkpoints;
  std::vector<std::pair<int64_t, std::string>> marks;
  std::vector<ProgressRecord> progress;
  std::vector<std::string> log;
  double earlier_seconds = 0;

 private:
  Control* control_;
  int64_t stop_step_;
  Stop stop_;
};

}  // namespace lab
