#pragma once

// The door from a job to the outside: metrics, samples, checkpoints, progress. lab-worker turns
// these into frames, tests collect them. Called from the training thread; an implementation never
// blocks it for long.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/record.h"
#include "core/train/live_change.h"

namespace lab {

// Which way a metric is better; "best" follows it.
enum class Goal { kNone, kMin, kMax };

// "none", "min", "max".
inline const char* GoalName(Goal goal) {
  return goal == Goal::kMin ? "min" : goal == Goal::kMax ? "max" : "none";
}

// One metric a job may log. Declared in the job's Info or by Declare; shown by every face without a
// rebuild.
struct MetricSpec {
  std::string name;  // "train/loss": group, slash, snake case
  std::string unit;  // "nats", "1/s", "" for a plain number
  Goal goal = Goal::kNone;
  std::string help;
};

// A generated text and the settings that made it. Text may be ill-formed UTF-8.
struct SampleRecord {
  int64_t step = 0;
  std::string prompt;
  std::string text;  // new text only
  int64_t tokens = 0;
  uint64_t seed = 0;
  double temperature = 1;
  int64_t top_k = 0;
  double top_p = 1;
};

struct ProgressRecord {
  int64_t step = 0;
  int64_t total_steps = 0;
  std::string phase;    // "tokenising", "training", "evaluating"
  double fraction = 0;  // of the whole job, 0..1
  int64_t tokens = 0;   // trained on so far
  std::optional<double> eta_seconds;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  // Metrics beside those of the job's Info, before their first point: which there are depends on
  // the config.
  virtual void Declare(const std::vector<MetricSpec>& metrics) = 0;
  // A point of a declared metric. An undeclared name is a programmer's error.
  virtual void Metric(std::string_view name, int64_t step, double value) = 0;
  virtual void Sample(const SampleRecord& sample) = 0;
  virtual void Checkpoint(const CheckpointRecord& checkpoint) = 0;
  // Something worth a line on every chart ("resumed at step 400").
  virtual void Mark(int64_t step, std::string_view text) = 0;
  // The same of a kind that others look for: "skip" (an update was left out), "stop" (the run ends
  // before its planned end, and why).
  virtual void MarkAs(std::string_view kind, int64_t step, std::string_view text) {
    static_cast<void>(kind);
    Mark(step, text);
  }
  // A changed setting acts from the update after `change.step` on.
  virtual void Changed(const LiveChange& change) { Mark(change.step, LiveChangeText(change)); }
  virtual void Progress(const ProgressRecord& progress) = 0;
  virtual void Log(std::string_view line) = 0;
  // The running time over all attempts, in seconds, that a point logged now would carry.
  virtual double Seconds() const = 0;
  // What earlier attempts ran for; added to Seconds() from now on.
  virtual void SetEarlierSeconds(double seconds) = 0;
  // The frames of what was sent and not acknowledged, for a farewell checkpoint; "" if none.
  virtual std::string Unacknowledged() const { return ""; }
};

}  // namespace lab
