#include "daemon/supervisor/frame_fields.h"

#include "core/base/strings.h"

namespace lab {

using Json = nlohmann::json;

absl::Status ProtocolError(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kWorkerProtocol, message);
}

int64_t Fields::Integer(const char* key) {
  const Json* value = Need(key);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned() && value->get<uint64_t>() > uint64_t{INT64_MAX}) {
    return Complain(key, "is too large"), 0;
  }
  if (!value->is_number_integer()) return Complain(key, "is not an integer"), 0;
  return value->get<int64_t>();
}

double Fields::Number(const char* key) {
  const Json* value = Need(key);
  if (value == nullptr) return 0;
  if (!value->is_number()) return Complain(key, "is not a number"), 0.0;
  return value->get<double>();
}

std::string Fields::Text(const char* key) {
  const Json* value = Need(key);
  if (value == nullptr) return "";
  if (!value->is_string()) return Complain(key, "is not text"), "";
  return value->get<std::string>();
}

bool Fields::Boolean(const char* key) {
  const Json* value = Need(key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return Complain(key, "is neither true nor false"), false;
  return value->get<bool>();
}

std::vector<double> Fields::Numbers(const char* key) {
  std::vector<double> numbers;
  for (const Json& entry : List(key)) {
    if (!entry.is_number()) return Complain(key, "holds what is no number"), numbers;
    numbers.push_back(entry.get<double>());
  }
  return numbers;
}

std::vector<int64_t> Fields::Integers(const char* key) {
  std::vector<int64_t> numbers;
  for (const Json& entry : List(key)) {
    if (!entry.is_number_integer()) return Complain(key, "holds what is no integer"), numbers;
    numbers.push_back(entry.get<int64_t>());
  }
  return numbers;
}

std::vector<std::string> Fields::Texts(const char* key) {
  std::vector<std::string> texts;
  for (const Json& entry : List(key)) {
    if (!entry.is_string()) return Complain(key, "holds what is no text"), texts;
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

const Json& Fields::List(const char* key) {
  static const Json kNone = Json::array();
  if (Absent(key)) return kNone;
  const Json& list = header_[key];
  if (!list.is_array()) return Complain(key, "is not a list"), kNone;
  return list;
}

bool Fields::Absent(const char* key) const {
  auto found = header_.find(key);
  return found == header_.end() || found->is_null();
}

void Fields::Complain(const char* key, std::string_view what) {
  if (problem_.empty()) problem_ = StrCat("\"", key, "\" ", what);
}

absl::Status Fields::status() const {
  if (problem_.empty()) return absl::OkStatus();
  std::string type = header_.value("type", std::string());
  return ProtocolError(StrCat("a \"", type, "\" frame is malformed: ", problem_));
}

const Json* Fields::Need(const char* key) {
  auto found = header_.find(key);
  if (found != header_.end()) return &*found;
  Complain(key, "is missing");
  return nullptr;
}

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

}  // namespace lab
