#include "daemon/supervisor/worker_messages.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/base/strings.h"

namespace lab {
namespace {

using Json = nlohmann::json;

absl::Status ProtocolError(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kWorkerProtocol, message);
}

// Reads a header's fields and keeps the first that is missing or of a wrong type.
class Fields {
 public:
  explicit Fields(const Json& header) : header_(header) {}

  int64_t Integer(const char* key) {
    const Json* value = Need(key);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned() && value->get<uint64_t>() > uint64_t{INT64_MAX}) {
      return Complain(key, "is too large"), 0;
    }
    if (!value->is_number_integer()) return Complain(key, "is not an integer"), 0;
    return value->get<int64_t>();
  }
  double Number(const char* key) {
    const Json* value = Need(key);
    if (value == nullptr) return 0;
    if (!value->is_number()) return Complain(key, "is not a number"), 0.0;
    return value->get<double>();
  }
  std::string Text(const char* key) {
    const Json* value = Need(key);
    if (value == nullptr) return "";
    if (!value->is_string()) return Complain(key, "is not text"), "";
    return value->get<std::string>();
  }
  // "" if absent.
  std::string OptionalText(const char* key) { return Absent(key) ? "" : Text(key); }
  std::vector<double> Numbers(const char* key) {
    std::vector<double> numbers;
    if (Absent(key)) return numbers;
    const Json& list = header_[key];
    if (!list.is_array()) return Complain(key, "is not a list"), numbers;
    for (const Json& entry : list) {
      if (!entry.is_number()) return Complain(key, "holds what is no number"), numbers;
      numbers.push_back(entry.get<double>());
    }
    return numbers;
  }
  bool Absent(const char* key) const {
    auto found = header_.find(key);
    return found == header_.end() || found->is_null();
  }
  void Complain(const char* key, std::string_view what) {
    if (problem_.empty()) problem_ = StrCat("\"", key, "\" ", what);
  }
  absl::Status status() const {
    if (problem_.empty()) return absl::OkStatus();
    std::string type = header_.value("type", std::string());
    return ProtocolError(StrCat("a \"", type, "\" frame is malformed: ", problem_));
  }

 private:
  const Json* Need(const char* key) {
    auto found = header_.find(key);
    if (found != header_.end()) return &*found;
    Complain(key, "is missing");
    return nullptr;
  }
  const Json& header_;
  std::string problem_;
};

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

// Cuts the payload by the header's "lengths"; they must cover it exactly.
absl::StatusOr<std::vector<std::string>> SplitPayload(const Frame& frame, Fields& in) {
  std::vector<std::string> parts;
  size_t at = 0;
  for (double length : in.Numbers("lengths")) {
    bool whole = length >= 0 && length <= double{kMaxFramePayloadBytes} &&
                 length == std::floor(length) &&
                 at + static_cast<size_t>(length) <= frame.payload.size();
    if (!whole) return ProtocolError("a payload is shorter than its lengths say");
    parts.push_back(frame.payload.substr(at, static_cast<size_t>(length)));
    at += static_cast<size_t>(length);
  }
  if (at != frame.payload.size()) return ProtocolError("a payload is longer than its lengths say");
  return parts;
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
      type == "token" || type == "generated") {
    std::string request = in.Text("request");
    RETURN_IF_ERROR(in.status());
    return AnswerMessage{std::move(request), std::move(frame)};
  }
  return UnknownMessage{type};
}

absl::StatusOr<v1::Token> ParseToken(const Frame& frame) {
  Fields in(frame.header);
  v1::Token token;
  token.set_id(in.Integer("id"));
  token.set_probability(in.Number("probability"));
  std::vector<double> top = in.Numbers("top");
  ASSIGN_OR_RETURN(std::vector<std::string> texts, SplitPayload(frame, in));
  RETURN_IF_ERROR(in.status());
  if (texts.size() != top.size() + 1) {
    return ProtocolError("a \"token\" frame has not one length for the token and each alternative");
  }
  if (!in.Absent("shown_hex")) {
    std::string shown;
    if (!FromHex(in.Text("shown_hex"), &shown)) {
      return ProtocolError("the \"shown_hex\" of a token is not hexadecimal");
    }
    token.set_shown(shown);
  }
  token.set_text(texts[0]);
  for (size_t i = 0; i < top.size(); ++i) {
    v1::Token::Alternative* alternative = token.add_top();
    alternative->set_text(texts[i + 1]);
    alternative->set_probability(top[i]);
  }
  return token;
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
  if (why == reason::kOutOfMemory) code = absl::StatusCode::kResourceExhausted;
  if (why == reason::kInternal) code = absl::StatusCode::kInternal;
  return Failure(code, why.empty() ? reason::kInternal : why, message);
}

absl::StatusOr<v1::GenerateSummary> ParseGenerated(const Frame& frame) {
  RETURN_IF_ERROR(AnswerStatus(frame.header));
  Fields in(frame.header);
  v1::GenerateSummary summary;
  summary.set_text(frame.payload);
  summary.set_stop_reason(in.Text("stop_reason"));
  summary.set_prompt_token_count(in.Integer("prompt_tokens"));
  summary.set_new_token_count(in.Integer("new_tokens"));
  if (!in.Absent("seconds_to_first_token")) {
    summary.set_seconds_to_first_token(in.Number("seconds_to_first_token"));
  }
  if (!in.Absent("tokens_per_second")) {
    summary.set_tokens_per_second(in.Number("tokens_per_second"));
  }
  RETURN_IF_ERROR(in.status());
  if (auto seed = frame.header.find("seed");
      seed != frame.header.end() && seed->is_number_unsigned()) {
    summary.set_seed(seed->get<uint64_t>());
  }
  return summary;
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

absl::StatusOr<std::string> EncodeGenerate(const std::string& request, const Json& session,
                                           const v1::GenerateRequest& generate) {
  Json header = {{"type", "generate"},
                 {"request", request},
                 {"session", session},
                 {"max_tokens", generate.max_tokens()},
                 {"temperature", generate.temperature()},
                 {"top_k", generate.top_k()},
                 {"top_p", generate.top_p()},
                 {"seed", nullptr},
                 {"stop_lengths", Json::array()},
                 {"alternatives", generate.alternatives()}};
  if (generate.has_seed()) header["seed"] = generate.seed();
  std::string payload = generate.prompt();
  for (const std::string& stop : generate.stop()) {
    header["stop_lengths"].push_back(stop.size());
    payload += stop;
  }
  if (payload.size() > kMaxFramePayloadBytes) {
    return absl::InvalidArgumentError(StrCat("the prompt and the stop strings together have ",
                                             payload.size(), " bytes; at most ",
                                             kMaxFramePayloadBytes, " are allowed"));
  }
  return EncodeFrame(header, payload);
}

}  // namespace lab
