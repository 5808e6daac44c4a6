#include "cli/output/json.h"

#include <cmath>

#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/lab_client.h"

namespace lab::cli {
namespace {

Json TimeJson(bool present, const google::protobuf::Timestamp& time) {
  return present ? OrNull(FormatTime(time)) : Json();
}

Json ErrorOfJob(const v1::JobError& error) {
  return {{"reason", error.reason()}, {"message", error.message()}};
}

void PutProgress(Json& object, const v1::Progress& progress) {
  object["step"] = progress.step();
  object["total_steps"] = progress.total_steps() > 0 ? Json(progress.total_steps()) : Json();
  object["phase"] = progress.phase();
  object["fraction"] = NumberJson(progress.fraction());
  object["eta_seconds"] = progress.has_eta_seconds() ? NumberJson(progress.eta_seconds()) : Json();
  object["tokens"] = progress.token_count();
}

Json SummaryJson(const v1::Job& job) {
  Json summary = Json::object();
  for (const v1::MetricSummary& row : job.summary()) {
    summary[row.metric()] = {
        {"last", NumberJson(row.last())},
        {"best", row.has_best() ? NumberJson(row.best()) : Json()},
        {"best_step", row.has_best_step() ? Json(row.best_step()) : Json()},
        {"step", row.step()},
    };
  }
  return summary;
}

Json DependencyJson(const v1::Dependency& one) {
  const char* standing = one.standing() == v1::Dependency::WAITING  ? "waiting"
                         : one.standing() == v1::Dependency::MET    ? "met"
                         : one.standing() == v1::Dependency::BROKEN ? "broken"
                                                                    : "waived";
  bool removed = one.state() == v1::Job::STATE_UNSPECIFIED;
  return {{"job", one.job_id()},
          {"any", one.any()},
          {"standing", standing},
          {"state", removed ? Json() : Json(StateWord(one.state()))}};
}

void PutSample(Json& object, const v1::Sample& sample) {
  object["step"] = sample.step();
  PutText(object, "prompt", sample.prompt(), "prompt_");
  PutText(object, "text", sample.text());
  object["tokens"] = sample.token_count();
  object["seed"] = sample.seed();
  object["settings"] = {{"temperature", NumberJson(sample.temperature())},
                        {"top_k", sample.top_k()},
                        {"top_p", NumberJson(sample.top_p())}};
}

// "INVALID_ARGUMENT" and the like.
std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

template <class Items, class Convert>
Json List(const Items& items, Convert convert) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(convert(item));
  return list;
}

Json StatisticJson(bool present, const v1::Statistic& statistic) {
  if (!present || !statistic.has_mean()) return nullptr;
  return {{"mean", NumberJson(statistic.mean())},
          {"standard_error",
           statistic.has_standard_error() ? NumberJson(statistic.standard_error()) : Json()},
          {"low", NumberJson(statistic.low())},
          {"high", NumberJson(statistic.high())}};
}

Json GroupMetricJson(const v1::GroupMetric& metric) {
  const v1::Tally& tally = metric.tally();
  Json json = {{"unit", metric.unit()},
               {"goal", metric.goal()},
               {"n", tally.counted()},
               {"members", tally.members()},
               {"diverged", tally.diverged()},
               {"failed", tally.failed()},
               {"cancelled", tally.cancelled()},
               {"running", tally.running()},
               {"waiting", tally.waiting()},
               {"without", tally.without()},
               {"last", StatisticJson(metric.has_last(), metric.last())},
               {"best", StatisticJson(metric.has_best(), metric.best())}};
  json["first_step"] = metric.last().has_mean() ? Json(metric.first_step()) : Json();
  json["last_step"] = metric.last().has_mean() ? Json(metric.last_step()) : Json();
  json["best_member"] = nullptr;
  if (metric.has_best_member()) {
    json["best_member"] = {{"job", metric.best_member().job_id()},
                           {"value", NumberJson(metric.best_member().value())},
                           {"step", metric.best_member().step()}};
  }
  return json;
}

Json GridPointJson(const v1::GridPoint& point) {
  Json json = {{"label", point.label()}, {"members", List(point.members(), JobJson)}};
  json["metrics"] = Json::object();
  for (const v1::GroupMetric& metric : point.metrics()) {
    json["metrics"][metric.metric()] = GroupMetricJson(metric);
  }
  return json;
}

}  // namespace

Json Document() { return {{"schema_version", 1}}; }

std::string Line(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json NumberJson(double value) {
  if (!std::isfinite(value)) return FormatDouble(value);
  return value;
}

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

void PutText(Json& object, const char* key, std::string_view bytes, const char* prefix) {
  bool ill_formed = FirstInvalidUtf8(bytes) != std::string_view::npos;
  object[key] = ill_formed ? ReplaceInvalidUtf8(bytes) : std::string(bytes);
  if (ill_formed) object[StrCat(prefix, "bytes_hex")] = ToHex(bytes);
}

Json CheckpointJson(const v1::Checkpoint& checkpoint) {
  return {{"name", checkpoint.name()},
          {"step", checkpoint.step()},
          {"kind", checkpoint.kind()},
          {"size_bytes", checkpoint.size_bytes()},
          {"sha256", checkpoint.sha256()},
          {"created_at", TimeJson(checkpoint.has_create_time(), checkpoint.create_time())}};
}

Json ChangeJson(const v1::Change& change) {
  return {{"id", change.id()},
          {"field", change.field()},
          {"before", change.before()},
          {"value", change.value()},
          {"step", change.has_step() ? Json(change.step()) : Json()},
          {"created_at", TimeJson(change.has_create_time(), change.create_time())}};
}

Json JobJson(const v1::Job& job) {
  Json json;
  json["id"] = job.id();
  json["name"] = job.name();
  json["type"] = job.type();
  json["state"] = StateWord(job.state());
  json["group"] = OrNull(job.group());
  json["member"] = OrNull(job.member());
  json["seed"] = job.seed();
  json["priority"] = job.priority();
  json["attempt"] = job.attempt();
  json["created_at"] = TimeJson(job.has_create_time(), job.create_time());
  json["started_at"] = TimeJson(job.has_start_time(), job.start_time());
  json["ended_at"] = TimeJson(job.has_end_time(), job.end_time());
  PutProgress(json["progress"], job.progress());
  json["device"] = OrNull(job.device());
  json["worker_pid"] = job.worker_pid() > 0 ? Json(job.worker_pid()) : Json();
  json["parent"] = nullptr;
  if (job.has_parent()) {
    json["parent"] = {{"job", job.parent().job_id() > 0 ? Json(job.parent().job_id()) : Json()},
                      {"step", job.parent().step()}};
  }
  json["error"] = job.has_error() ? ErrorOfJob(job.error()) : Json();
  json["summary"] = SummaryJson(job);
  json["checkpoints"] = List(job.checkpoints(), CheckpointJson);
  json["tags"] = List(job.tags(), [](const std::string& tag) { return Json(tag); });
  json["note"] = job.note();
  json["dependencies"] = List(job.dependencies(), DependencyJson);
  json["waits_for"] = Json::array();
  for (const v1::Dependency& one : job.dependencies()) {
    if (one.standing() == v1::Dependency::WAITING) json["waits_for"].push_back(one.job_id());
  }
  json["origin"] = nullptr;
  if (job.has_origin()) {
    const v1::Origin& origin = job.origin();
    json["origin"] = {{"job", origin.job_id()},
                      {"host", origin.host()},
                      {"exported_at", TimeJson(true, origin.export_time())},
                      {"imported_at", TimeJson(true, origin.import_time())}};
  }
  json["changes"] = List(job.changes(), ChangeJson);
  json["ending"] = OrNull(job.ending());
  return json;
}

Json GroupJson(const v1::Group& group) {
  return {{"name", group.name()}, {"points", List(group.points(), GridPointJson)}};
}

Json SampleJson(const v1::Sample& sample) {
  Json json;
  PutSample(json, sample);
  return json;
}

Json ArtifactJson(const v1::Artifact& artifact) {
  Json json = {
      {"name", artifact.name()}, {"kind", artifact.kind()}, {"size_bytes", artifact.size_bytes()}};
  json["step"] = artifact.kind() == "checkpoint" ? Json(artifact.step()) : Json();
  json["path"] = artifact.path();
  return json;
}

Json FieldErrorJson(const v1::FieldError& error) {
  Json json = {{"code", CodeName(absl::StatusCode::kInvalidArgument)},
               {"reason", error.reason()},
               {"message", error.message()}};
  if (!error.field().empty()) json["field"] = error.field();
  if (!error.file().empty()) json["file"] = error.file();
  if (error.line() > 0) json["line"] = error.line();
  if (!error.suggestion().empty()) json["suggestion"] = error.suggestion();
  return json;
}

Json FieldJson(const v1::Field& field) {
  Json json = {{"name", field.name()},
               {"type", field.type()},
               {"help", field.help()},
               {"unit", OrNull(field.unit())},
               {"default", OrNull(field.default_value())},
               {"optional", field.optional()},
               {"auto", field.auto_()},
               {"min", field.has_min() ? NumberJson(field.min()) : Json()},
               {"max", field.has_max() ? NumberJson(field.max()) : Json()},
               {"above_min", field.above_min()}};
  json["choices"] = List(field.choices(), [](const std::string& choice) { return Json(choice); });
  json["live"] = field.live();
  json["advanced"] = field.advanced();
  return json;
}

Json JobTypeJson(const v1::JobType& type) {
  Json json = {{"name", type.name()}, {"title", type.title()}, {"summary", type.summary()}};
  json["fields"] = List(type.fields(), FieldJson);
  json["metrics"] = List(type.metrics(), [](const v1::MetricSpec& metric) {
    return Json{{"name", metric.name()},
                {"unit", metric.unit()},
                {"goal", metric.goal()},
                {"help", metric.help()}};
  });
  return json;
}

Json CorpusJson(const v1::Corpus& corpus) {
  return {{"name", corpus.name()},
          {"kind", corpus.kind()},
          {"title", corpus.title()},
          {"licence", corpus.licence()},
          {"documents", corpus.document_count()},
          {"size_bytes", corpus.size_bytes() > 0 ? Json(corpus.size_bytes()) : Json()},
          {"known_entropy", corpus.known_entropy()},
          {"path", OrNull(corpus.path())},
          {"sha256", OrNull(corpus.sha256())},
          {"state", OrNull(corpus.state())}};
}

Json ForecastJson(const v1::Forecast& forecast) {
  Json json;
  json["parameters"] = forecast.has_parameter_count() ? Json(forecast.parameter_count()) : Json();
  json["tokens_per_step"] =
      forecast.has_tokens_per_step() ? Json(forecast.tokens_per_step()) : Json();
  json["total_steps"] = forecast.has_total_steps() ? Json(forecast.total_steps()) : Json();
  json["memory_bytes"] = forecast.has_memory_bytes() ? Json(forecast.memory_bytes()) : Json();
  json["memory"] = List(forecast.memory(), [](const v1::Forecast::Component& part) {
    return Json{
        {"name", part.name()}, {"size_bytes", part.size_bytes()}, {"formula", part.formula()}};
  });
  json["disk_bytes"] = forecast.has_disk_bytes() ? Json(forecast.disk_bytes()) : Json();
  json["flops_per_token"] =
      forecast.has_flops_per_token() ? NumberJson(forecast.flops_per_token()) : Json();
  json["flops_per_second"] =
      forecast.has_flops_per_second() ? NumberJson(forecast.flops_per_second()) : Json();
  json["seconds"] = forecast.has_seconds() ? NumberJson(forecast.seconds()) : Json();
  return json;
}

Json SystemJson(const v1::System& system) {
  Json json = {{"version", system.version()},
               {"pid", system.pid()},
               {"uptime_seconds", NumberJson(system.uptime_seconds())},
               {"home", system.home()},
               {"address", system.address()},
               {"processor", system.processor()},
               {"threads", system.thread_count()},
               {"processor_load", NumberJson(system.processor_load())},
               {"processor_celsius",
                system.has_processor_celsius() ? NumberJson(system.processor_celsius()) : Json()},
               {"memory_bytes", system.memory_bytes()},
               {"memory_available_bytes", system.memory_available_bytes()},
               {"disk_free_bytes", system.disk_free_bytes()},
               {"jobs_bytes", system.jobs_bytes()},
               {"database_bytes", system.database_bytes()},
               {"resident_bytes", system.resident_bytes()},
               {"trouble", OrNull(system.trouble())}};
  json["gpus"] = List(system.gpus(), [](const v1::Gpu& gpu) {
    const bool memory = gpu.memory_bytes() > 0;
    return Json{{"name", OrNull(gpu.name())},
                {"memory_bytes", memory ? Json(gpu.memory_bytes()) : Json()},
                {"memory_used_bytes", memory ? Json(gpu.memory_used_bytes()) : Json()},
                {"utilization", gpu.has_utilization() ? NumberJson(gpu.utilization()) : Json()},
                {"celsius", gpu.has_celsius() ? NumberJson(gpu.celsius()) : Json()},
                {"watts", gpu.has_watts() ? NumberJson(gpu.watts()) : Json()}};
  });
  json["workers"] = List(system.workers(), [](const v1::WorkerProcess& worker) {
    return Json{{"pid", worker.pid()},
                {"job", worker.job_id() > 0 ? Json(worker.job_id()) : Json()},
                {"role", worker.role()},
                {"resident_bytes", worker.resident_bytes()},
                {"silent_seconds", NumberJson(worker.silent_seconds())}};
  });
  return json;
}

Json TokenJson(const v1::Token& token) {
  Json json = {{"id", token.id()}};
  PutText(json, "text", token.text());
  json["probability"] = NumberJson(token.probability());
  json["top"] = List(token.top(), [](const v1::Token::Alternative& other) {
    return Json::array({ReplaceInvalidUtf8(other.text()), NumberJson(other.probability())});
  });
  return json;
}

std::vector<Json> EventJson(const v1::WatchEvent& event, int64_t job_id) {
  auto begin = [&](const char* kind, int64_t sequence) {
    return Json{{"schema_version", 1},
                {"kind", kind},
                {"sequence", sequence},
                {"job", job_id},
                {"time", TimeJson(event.has_time(), event.time())}};
  };
  std::vector<Json> lines;
  if (event.has_metrics()) {
    const v1::MetricPoints& points = event.metrics();
    for (int i = 0; i < points.metric_size(); ++i) {
      Json& line = lines.emplace_back(begin("metric", points.sequence(i)));
      line["name"] = points.metrics(points.metric(i));
      line["step"] = points.step(i);
      line["seconds"] = NumberJson(points.seconds(i));
      line["value"] = NumberJson(points.value(i));
    }
  } else if (event.has_state()) {
    Json& line = lines.emplace_back(begin("state", event.sequence()));
    line["state"] = StateWord(event.state().state());
    line["attempt"] = event.state().attempt();
    line["error"] = event.state().has_error() ? ErrorOfJob(event.state().error()) : Json();
  } else if (event.has_progress()) {
    PutProgress(lines.emplace_back(begin("progress", event.sequence())), event.progress());
  } else if (event.has_sample()) {
    PutSample(lines.emplace_back(begin("sample", event.sequence())), event.sample());
  } else if (event.has_checkpoint()) {
    // Nested, for a checkpoint has a kind of its own.
    Json& line = lines.emplace_back(begin("checkpoint", event.sequence()));
    line["step"] = event.checkpoint().step();
    line["checkpoint"] = CheckpointJson(event.checkpoint());
  } else if (event.has_mark()) {
    Json& line = lines.emplace_back(begin("mark", event.sequence()));
    line["step"] = event.mark().step();
    line["mark"] = event.mark().kind();
    line["text"] = event.mark().text();
    if (event.mark().has_kept_sequence()) line["kept_sequence"] = event.mark().kept_sequence();
  } else if (event.has_log()) {
    PutText(lines.emplace_back(begin("log", event.sequence())), "text", event.log().text());
  }
  return lines;
}

Json ErrorJson(const absl::Status& status) {
  Json json = Document();
  std::optional<v1::CheckReport> report = CheckReportOf(status);
  if (report && report->errors_size() > 0) {
    json["error"] = FieldErrorJson(report->errors(0));
    json["errors"] = List(report->errors(), FieldErrorJson);
    return json;
  }
  json["error"] = {{"code", CodeName(status.code())},
                   {"reason", ReasonOf(status)},
                   {"message", ReplaceInvalidUtf8(MessageOf(status))}};
  return json;
}

}  // namespace lab::cli
