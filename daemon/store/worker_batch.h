#pragma once

// What a worker reported, between its frames and the store. The one place that reads `declare`,
// `points` and `event` frames (docs/formats/worker_frame.md): the supervisor uses it for a live
// worker, the store for the frames of a farewell checkpoint. A WorkerFrames belongs to one thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/frame.h"
#include "core/base/status.h"
#include "lab/v1/event.pb.h"
#include "lab/v1/job.pb.h"

namespace lab {

// A metric of one worker: frames name it by `index`.
struct DeclaredMetric {
  uint32_t index = 0;
  std::string name;  // "train/loss"
  std::string unit;
  std::string goal;  // "min", "max" or "none"
};

// Points first, first+1, … of one attempt.
struct WorkerPoints {
  int64_t first = 0;
  std::vector<PointRecord> points;
};

// A checkpoint, and what retention did to older ones when it was written.
struct RecordedCheckpoint {
  v1::Checkpoint checkpoint;
  std::string trainer_sha256;                            // of trainer/manifest.json; "": not told
  std::vector<std::string> removed;                      // their folders are gone
  std::vector<std::pair<std::string, int64_t>> reduced;  // now "weights", with the new size
};

// One numbered event.
struct WorkerEvent {
  int64_t number = 0;
  int64_t step = 0;
  double seconds = 0;
  std::variant<v1::Sample, RecordedCheckpoint, v1::Mark> data;
};

// In the order in which the worker sent them.
struct WorkerBatch {
  std::vector<std::variant<std::vector<DeclaredMetric>, WorkerPoints, WorkerEvent>> items;
  int64_t event_count = 0;  // points and events
  int64_t last_number = 0;  // of the last of them; 0 if there is none
  bool empty() const { return items.empty(); }
};

class WorkerFrames {
 public:
  // `trusting`: take points of metrics that were not declared here; the store knows whether an
  // earlier frame of the attempt did.
  explicit WorkerFrames(bool trusting = false) : trusting_(trusting) {}
  // True for the types that Add takes: "declare", "points", "event".
  static bool Takes(std::string_view type);
  // Checks a frame and adds it to the batch. WORKER_PROTOCOL for missing or mistyped fields, a
  // metric index that was not declared, a payload of another size than `count` says, or a number
  // that does not follow the one before (the first may be any).
  absl::Status Add(const Frame& frame);
  // The batch so far; an empty one follows. Declarations and the last number stay known.
  WorkerBatch Take();
  bool empty() const { return batch_.empty(); }
  int64_t last_number() const { return last_number_; }  // 0 before the first

 private:
  absl::Status AddDeclare(const nlohmann::json& header);
  absl::Status AddPoints(const Frame& frame);
  absl::Status AddEvent(const Frame& frame);
  absl::Status CheckNumber(int64_t first) const;

  const bool trusting_;
  WorkerBatch batch_;
  std::vector<bool> declared_;  // by index
  int64_t last_number_ = 0;
};

}  // namespace lab
