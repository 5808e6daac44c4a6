#pragma once

// Frames to and from a worker as typed messages; the wire is docs/formats/worker_frame.md. Pure
// functions, any thread. A frame that lacks a field or has one of a wrong type is a protocol error.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/frame.h"
#include "core/base/status.h"

namespace lab {

struct HelloMessage {
  int64_t pid = 0;
  std::string version;
  nlohmann::json description;
};
struct HeartbeatMessage {};
struct MetricDeclaration {
  uint32_t index = 0;
  std::string name;
  std::string unit;
  std::string goal;  // min, max, none
};
struct DeclareMessage {
  std::vector<MetricDeclaration> metrics;
};
struct PointsMessage {
  int64_t first = 0;
  std::vector<PointRecord> points;
};
struct EventMessage {
  int64_t number = 0;
  std::string kind;  // sample, checkpoint, mark
  int64_t step = 0;
  double seconds = 0;
  nlohmann::json data;
};
struct ProgressMessage {
  int64_t step = 0;
  int64_t total_steps = 0;
  std::string phase;
  double fraction = 0;
  int64_t tokens = 0;
  std::optional<double> eta_seconds;
};
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
// checked, opened, token, generated: passed on to whoever asked.
struct AnswerMessage {
  std::string type;
  std::string request;
  nlohmann::json header;
  std::string payload;
};
// A type that this labd does not know; ignored.
struct UnknownMessage {
  std::string type;
};

using WorkerMessage =
    std::variant<HelloMessage, HeartbeatMessage, DeclareMessage, PointsMessage, EventMessage,
                 ProgressMessage, LogMessage, EndedMessage, AnswerMessage, UnknownMessage>;

// INVALID_ARGUMENT with reason WORKER_PROTOCOL and the field that is wrong.
absl::StatusOr<WorkerMessage> ParseWorkerFrame(Frame frame);

// What a worker is told to do when it becomes a job's.
struct RunRequest {
  int64_t job = 0;
  int64_t attempt = 1;
  int64_t first_number = 1;  // of its first numbered event
  std::string folder;        // the job's
  std::string jobs;          // of all jobs
  std::string cache;         // the token cache
  std::string config;        // resolved YAML
  std::string resume;        // a checkpoint folder; "": from the start
};

// How a job should stop.
enum class StopMode { kPause, kCancel, kLeave };
std::string_view StopModeName(StopMode mode);

std::string EncodeHello();
std::string EncodeRun(const RunRequest& run);
std::string EncodeAck(int64_t number);
std::string EncodeStop(StopMode mode);
std::string EncodeCheckpoint();

}  // namespace lab
