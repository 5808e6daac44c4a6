#include "daemon/supervisor/worker_messages.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/base/strings.h"
#include "daemon/supervisor/frame_fields.h"

namespace lab {
namespace {

using Json = nlohmann::json;

absl::StatusOr<WorkerMessage> ParseHello(const Json& header) {
  Fields in(header);
  int64_t protocol = in.Integer("protocol");
  HelloMessage hello;
  hello.pid = in.Integer("pid");
  hello.version = in.Text("version");
  RETURN_IF_ERROR(in.status());
  if (protocol != kFrameProtocol) {
    return ProtocolError(StrCat("the worker speaks protocol ", protocol, ", labd speaks ",
                                kFrameProtocol, "; are both from the same build?"));
  }
  if (in.Absent("description")) return ProtocolError("the worker did not describe itself");
  hello.description = header["description"];
  return hello;
}

absl::StatusOr<WorkerMessage> ParseProgress(const Json& header) {
  Fields in(header);
  v1::Progress progress;
  progress.set_step(in.Integer("step"));
  progress.set_total_steps(in.Integer("total_steps"));
  progress.set_phase(in.Text("phase"));
  progress.set_fraction(std::clamp(in.Number("fraction"), 0.0, 1.0));
  progress.set_token_count(in.Integer("tokens"));
  if (!in.Absent("eta_seconds")) progress.set_eta_seconds(in.Number("eta_seconds"));
  RETURN_IF_ERROR(in.status());
  return progress;
}

absl::StatusOr<WorkerMessage> ParseEnded(const Json& header) {
  Fields in(header);
  EndedMessage ended;
  ended.outcome = in.Text("outcome");
  ended.step = in.Absent("step") ? 0 : in.Integer("step");
  ended.reason = in.OptionalText("reason");
  ended.message = in.OptionalText("message");
  RETURN_IF_ERROR(in.status());
  constexpr std::array<std::string_view, 5> kOutcomes = {"succeeded", "paused", "cancelled", "left",
                                                         "failed"};
  if (std::find(kOutcomes.begin(), kOutcomes.end(), ended.outcome) == kOutcomes.end()) {
    return ProtocolError(StrCat("a run cannot end \"", ended.outcome, "\""));
  }
  return ended;
}

}  // namespace

absl::StatusOr<WorkerMessage> ParseWorkerFrame(Frame frame) {
  const std::string type = frame.type();
  const Json& header = frame.header;
  if (type == "hello") return ParseHello(header);
  if (type == "heartbeat") return HeartbeatMessage{};
  if (type == "declare" || type == "points" || type == "event") {
    return NumberedMessage{std::move(frame)};
  }
  if (type == "progress") return ParseProgress(header);
  if (type == "ended") return ParseEnded(header);
  Fields in(header);
  if (type == "log") {
    LogMessage log{in.OptionalText("level"), in.Text("text")};
    RETURN_IF_ERROR(in.status());
    return log;
  }
  if (type == "checked" || type == "corpus" || type == "tokenised" || type == "opened" ||
      type == "token" || type == "generated" || type == "planned" || type == "part" ||
      type == "inspected") {
    std::string request = in.Text("request");
    RETURN_IF_ERROR(in.status());
    return AnswerMessage{std::move(request), std::move(frame)};
  }
  return UnknownMessage{type};
}

absl::Status AnswerStatus(const Json& header) {
  auto ok = header.find("ok");
  if (ok == header.end() || !ok->is_boolean()) {
    return ProtocolError("an answer does not say whether it is \"ok\"");
  }
  if (ok->get<bool>()) return absl::OkStatus();
  auto error = header.find("error");
  if (error == header.end() || !error->is_object()) {
    return ProtocolError("an answer is not \"ok\" and gives no \"error\"");
  }
  Fields in(*error);
  std::string why = in.OptionalText("reason");
  std::string message = in.OptionalText("message");
  RETURN_IF_ERROR(in.status());
  auto code = absl::StatusCode::kFailedPrecondition;
  if (why == reason::kCheckpointMissing || why == reason::kCorpusMissing || why == "NOT_FOUND") {
    code = absl::StatusCode::kNotFound;
  }
  if (why == reason::kConfigInvalid || why == reason::kCorpusInvalid ||
      why == reason::kTokenizerInvalid || why == "INVALID_ARGUMENT") {
    code = absl::StatusCode::kInvalidArgument;
  }
  if (why == reason::kCheckpointCorrupt) code = absl::StatusCode::kDataLoss;
  if (why == reason::kOutOfMemory || why == reason::kInspectBudget) {
    code = absl::StatusCode::kResourceExhausted;
  }
  if (why == reason::kInternal) code = absl::StatusCode::kInternal;
  return Failure(code, why.empty() ? reason::kInternal : why, message);
}

std::string_view StopModeName(StopMode mode) {
  switch (mode) {
    case StopMode::kPause:
      return "pause";
    case StopMode::kCancel:
      return "cancel";
    case StopMode::kLeave:
      return "leave";
  }
  return "";
}

std::string EncodeHello() { return EncodeFrame({{"type", "hello"}, {"protocol", kFrameProtocol}}); }

namespace {

Json ChangeList(const std::vector<v1::Change>& changes) {
  Json list = Json::array();
  for (const v1::Change& change : changes) {
    list.push_back({{"id", change.id()},
                    {"field", change.field()},
                    {"before", change.before()},
                    {"value", change.value()},
                    {"step", change.has_step() ? change.step() : -1}});
  }
  return list;
}

}  // namespace

std::string EncodeRun(const RunRequest& run) {
  Json header = {{"type", "run"},
                 {"request", StrCat("run-", run.job)},
                 {"job", run.job},
                 {"attempt", run.attempt},
                 {"first_number", run.first_number},
                 {"folder", run.folder},
                 {"jobs", run.jobs},
                 {"cache", run.cache},
                 {"config", run.config},
                 {"changes", ChangeList(run.changes)},
                 {"resume", nullptr}};
  if (!run.resume.empty()) header["resume"] = run.resume;
  return EncodeFrame(header);
}

std::string EncodeAck(int64_t number) { return EncodeFrame({{"type", "ack"}, {"number", number}}); }

std::string EncodeStop(StopMode mode) {
  return EncodeFrame({{"type", "stop"}, {"mode", std::string(StopModeName(mode))}});
}

std::string EncodeSet(const std::vector<v1::Change>& changes) {
  return EncodeFrame({{"type", "set"}, {"changes", ChangeList(changes)}});
}

std::string EncodeCheckpoint() { return EncodeFrame({{"type", "checkpoint"}}); }

}  // namespace lab
