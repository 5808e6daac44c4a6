#include "daemon/service/check_answer.h"

#include <string_view>

#include "core/base/frame.h"
#include "core/base/strings.h"

namespace lab {
namespace {

using Json = nlohmann::json;

// The entry `key`, or null if it is absent.
const Json& Entry(const Json& object, const char* key) {
  static const Json kNull;
  auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string Text(const Json& object, const char* key) {
  const Json& entry = Entry(object, key);
  return entry.is_string() ? entry.get<std::string>() : std::string();
}

template <class Set>
void TakeInteger(const Json& object, const char* key, Set set) {
  const Json& entry = Entry(object, key);
  if (entry.is_number()) set(entry.get<int64_t>());
}

template <class Set>
void TakeNumber(const Json& object, const char* key, Set set) {
  const Json& entry = Entry(object, key);
  if (entry.is_number()) set(entry.get<double>());
}

absl::Status WrongAnswer(std::string_view what) {
  return Failure(absl::StatusCode::kInternal, reason::kWorkerProtocol,
                 StrCat("the worker's answer to a check ", what));
}

absl::Status TakeErrors(const Json& list, google::protobuf::RepeatedPtrField<v1::FieldError>* to) {
  if (list.is_null()) return absl::OkStatus();
  if (!list.is_array()) return WrongAnswer("has errors that are no list");
  for (const Json& item : list) {
    if (!item.is_object()) return WrongAnswer("has an error that is no object");
    v1::FieldError& error = *to->Add();
    error.set_file(Text(item, "file"));
    TakeInteger(item, "line", [&](int64_t line) { error.set_line(static_cast<int32_t>(line)); });
    error.set_field(Text(item, "field"));
    error.set_message(Text(item, "message"));
    error.set_reason(Text(item, "reason"));
    error.set_suggestion(Text(item, "suggestion"));
  }
  return absl::OkStatus();
}

void TakeForecast(const Json& from, v1::Forecast* to) {
  TakeInteger(from, "parameters", [&](int64_t n) { to->set_parameter_count(n); });
  TakeInteger(from, "tokens_per_step", [&](int64_t n) { to->set_tokens_per_step(n); });
  TakeInteger(from, "total_steps", [&](int64_t n) { to->set_total_steps(n); });
  TakeInteger(from, "memory_bytes", [&](int64_t n) { to->set_memory_bytes(n); });
  TakeNumber(from, "flops_per_token", [&](double x) { to->set_flops_per_token(x); });
  TakeNumber(from, "flops_per_second", [&](double x) { to->set_flops_per_second(x); });
  TakeNumber(from, "seconds", [&](double x) { to->set_seconds(x); });
  const Json& memory = Entry(from, "memory");
  if (!memory.is_array()) return;
  for (const Json& item : memory) {
    if (!item.is_object()) continue;
    v1::Forecast::Component& component = *to->add_memory();
    component.set_name(Text(item, "component"));
    TakeInteger(item, "bytes", [&](int64_t n) { component.set_size_bytes(n); });
    component.set_formula(Text(item, "formula"));
  }
}

}  // namespace

ConfigText FromProto(const v1::ConfigText& config) {
  return {config.text(),
          config.file(),
          config.base(),
          {config.overrides().begin(), config.overrides().end()},
          config.override_base()};
}

v1::FieldError ToProto(const ConfigError& error) {
  v1::FieldError proto;
  proto.set_file(error.file);
  proto.set_line(error.line);
  proto.set_field(error.field);
  proto.set_message(error.message);
  proto.set_reason(error.reason);
  proto.set_suggestion(error.suggestion);
  return proto;
}

absl::Status CheckConfigText(const v1::ConfigText& config) {
  for (const std::string* base : {&config.base(), &config.override_base()}) {
    if (!base->empty() && base->front() != '/') {
      return absl::InvalidArgumentError(
          Absl(StrCat("config: the base folder \"", *base, "\" must be an absolute path")));
    }
  }
  constexpr size_t kRoom = 64 * 1024;  // for the rest of the header and a member's own overrides
  size_t size = CheckRequest(config, false).dump().size();
  if (size + kRoom > kMaxFrameHeaderBytes) {
    return absl::InvalidArgumentError(
        Absl(StrCat("config: ", FormatBytes(int64_t(size)), " are too long; a config has at most ",
                    FormatBytes(kMaxFrameHeaderBytes - kRoom))));
  }
  return absl::OkStatus();
}

Json CheckRequest(const v1::ConfigText& config, bool measure) {
  Json overrides = Json::array();
  for (const std::string& item : config.overrides()) overrides.push_back(item);
  return {{"text", config.text()},
          {"file", config.file()},
          {"base", config.base()},
          {"overrides", std::move(overrides)},
          {"override_base", config.override_base()},
          {"measure", measure}};
}

absl::StatusOr<CheckAnswer> ParseCheckAnswer(const Json& header) {
  if (!header.is_object()) return WrongAnswer("is no object");
  const Json& ok = Entry(header, "ok");
  if (!ok.is_boolean()) return WrongAnswer("does not say whether it is ok");
  CheckAnswer answer;
  v1::CheckReport& report = answer.report;
  RETURN_IF_ERROR(TakeErrors(Entry(header, "errors"), report.mutable_errors()));
  RETURN_IF_ERROR(TakeErrors(Entry(header, "warnings"), report.mutable_warnings()));
  if (ok.get<bool>() != report.errors().empty()) {
    return WrongAnswer("is ok with errors, or refuses without one");
  }
  report.set_type(Text(header, "job_type"));
  report.set_resolved(Text(header, "resolved"));
  answer.name = Text(header, "name");
  if (report.errors().empty() && (report.type().empty() || report.resolved().empty())) {
    return WrongAnswer("lacks the type or the resolved config");
  }
  const Json& forecast = Entry(header, "forecast");
  if (forecast.is_object() && report.errors().empty()) {
    TakeForecast(forecast, report.mutable_forecast());
  }
  const Json& changes = Entry(header, "changes");
  for (const Json& item : changes.is_array() ? changes : Json::array()) {
    if (!item.is_object()) return WrongAnswer("has a change that is no object");
    v1::Change& change = answer.changes.emplace_back();
    change.set_field(Text(item, "field"));
    change.set_before(Text(item, "before"));
    change.set_value(Text(item, "value"));
  }
  return answer;
}

}  // namespace lab
