#pragma once

// Frames to and from a worker as typed messages; the wire is docs/formats/worker_frame.md. Pure
// functions, any thread. A frame that lacks a field or has one of a wrong type is a protocol error
// (reason WORKER_PROTOCOL). `declare`, `points` and `event` are read by daemon/store/worker_batch.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/frame.h"
#include "core/base/status.h"
#include "lab/v1/inspect.pb.h"
#include "lab/v1/job.pb.h"

namespace lab {

struct HelloMessage {
  int64_t pid = 0;
  std::string version;
  nlohmann::json description;
};
struct HeartbeatMessage {};
struct LogMessage {
  std::string level;
  std::string text;
};
struct EndedMessage {
  std::string outcome;  // succeeded, paused, cancelled, left, failed
  int64_t step = 0;
  std::string reason;
  std::string message;
};
// declare, points or event: not read here.
struct NumberedMessage {
  Frame frame;
};
// checked, corpus, tokenised, opened, token, generated, planned, part, inspected: for whoever
// asked.
struct AnswerMessage {
  std::string request;
  Frame frame;
};
// A type that this labd does not know; ignored.
struct UnknownMessage {
  std::string type;
};

using WorkerMessage = std::variant<HelloMessage, HeartbeatMessage, v1::Progress, LogMessage,
                                   EndedMessage, NumberedMessage, AnswerMessage, UnknownMessage>;

absl::StatusOr<WorkerMessage> ParseWorkerFrame(Frame frame);

// OK if the answer's "ok" is true; else the failure in its "error".
absl::Status AnswerStatus(const nlohmann::json& header);

// What a worker is told when it becomes a job's.
struct RunRequest {
  int64_t job = 0;
  int64_t attempt = 1;
  int64_t first_number = 1;         // of its first numbered event
  std::string folder;               // the job's
  std::string jobs;                 // of all jobs
  std::string cache;                // the token cache
  std::string config;               // resolved YAML
  std::string resume;               // a checkpoint folder; "": from the start
  std::vector<v1::Change> changes;  // of settings, by id; those that acted have their step
};

// How a job should stop.
enum class StopMode { kPause, kCancel, kLeave };
std::string_view StopModeName(StopMode mode);

std::string EncodeHello();
std::string EncodeRun(const RunRequest& run);
std::string EncodeAck(int64_t number);
std::string EncodeStop(StopMode mode);
std::string EncodeCheckpoint();
std::string EncodeSet(const std::vector<v1::Change>& changes);

}  // namespace lab
