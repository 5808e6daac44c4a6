#include "daemon/transfer/job_file.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "core/base/strings.h"
#include "daemon/store/event_packer.h"
#include "daemon/transfer/tar.h"

namespace lab {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "llm-lab job file";
constexpr size_t kMaxJobs = 10'000;
constexpr size_t kMaxWord = 1000;  // names, hosts, groups
constexpr size_t kMaxConfig = 2 << 20;
constexpr int64_t kMaxNumber = int64_t{1} << 52;
constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr size_t kSeriesHeaderBytes = 192;  // a multiple of 64, as NumPy aligns it
constexpr char kRecordType[] =
    "[('attempt', '<i8'), ('sequence', '<i8'), ('step', '<i8'), ('seconds', '<f8'), "
    "('value', '<f8'), ('time_ms', '<i8')]";

absl::Status Invalid(std::string_view entry, std::string_view why) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kJobFileInvalid,
                 StrCat("the entry \"", entry, "\": ", why));
}

std::string Number(int64_t number) {
  std::string digits = StrCat(number);
  return digits.size() >= 6 ? digits : std::string(6 - digits.size(), '0') + digits;
}

// Reads members of a JSON object; the first that is wrong is remembered.
class Members {
 public:
  Members(const Json& object, std::string_view entry) : object_(object), entry_(entry) {}

  int64_t Integer(const char* key, int64_t least, int64_t most = kMaxNumber) {
    const Json* value = Find(key);
    if (value == nullptr) return least;
    if (!value->is_number_integer() || value->get<int64_t>() < least ||
        value->get<int64_t>() > most) {
      Refuse(key, StrCat("must be a whole number from ", least, " to ", most));
      return least;
    }
    return value->get<int64_t>();
  }
  std::string Word(const char* key, size_t limit = kMaxWord) {
    const Json* value = Find(key);
    if (value == nullptr) return "";
    if (!value->is_string() || value->get_ref<const std::string&>().size() > limit) {
      Refuse(key, StrCat("must be a text of at most ", limit, " bytes"));
      return "";
    }
    return value->get<std::string>();
  }
  std::vector<Json> List(const char* key, size_t limit) {
    const Json* value = Find(key);
    if (value == nullptr) return {};
    if (!value->is_array() || value->size() > limit) {
      Refuse(key, StrCat("must be a list of at most ", limit, " items"));
      return {};
    }
    return {value->begin(), value->end()};
  }
  void Refuse(const char* key, std::string_view why) {
    status_.Update(Invalid(entry_, StrCat(key, " ", why)));
  }
  const absl::Status& status() const { return status_; }

 private:
  const Json* Find(const char* key) {
    auto found = object_.is_object() ? object_.find(key) : object_.end();
    if (!object_.is_object() || found == object_.end()) {
      Refuse(key, "is missing");
      return nullptr;
    }
    return &*found;
  }

  const Json& object_;
  const std::string entry_;
  absl::Status status_;
};

absl::StatusOr<Json> ParseObject(std::string_view text, std::string_view entry) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Invalid(entry, "is no JSON object in UTF-8");
  return json;
}

std::string ToText(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  // Fails only for messages with Any, of which there are none.
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "{}";
  return text;
}

Json ToJson(const google::protobuf::Message& message) {
  return Json::parse(ToText(message), nullptr, false);
}

absl::Status FromJson(const Json& json, std::string_view entry,
                      google::protobuf::Message* message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  auto parsed = google::protobuf::util::JsonStringToMessage(text, message, options);
  if (parsed.ok()) return absl::OkStatus();
  std::string why = parsed.ToString();
  return Invalid(entry, StrCat("cannot be read: ", why.substr(0, 200)));
}

bool IsPlainWord(std::string_view text) {
  return text.size() <= kMaxWord && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return c >= 0x20 && c != 0x7F;
         });
}

// What the rest of the lab takes for granted of a job's record.
absl::Status CheckJob(const v1::Job& job, std::string_view entry) {
  for (const std::string* word : {&job.name(), &job.type(), &job.member(), &job.group()}) {
    if (!IsPlainWord(*word)) return Invalid(entry, "a name is too long or has control characters");
  }
  if (job.type().empty()) return Invalid(entry, "the job has no type");
  if (!v1::Job::State_IsValid(job.state()) || job.state() == v1::Job::STATE_UNSPECIFIED ||
      job.state() == v1::Job::RUNNING || job.state() == v1::Job::STOPPING) {
    return Invalid(entry, "the job's state is none that a file may hold");
  }
  bool sound = job.attempt() >= 1 && job.attempt() < kMaxNumber && job.last_sequence() >= 0 &&
               job.last_sequence() < kMaxNumber;
  for (const auto* time : {&job.create_time(), &job.start_time(), &job.end_time()}) {
    sound = sound && time->seconds() >= 0 && time->seconds() < kMaxNumber / 1000;
  }
  return sound ? absl::OkStatus() : Invalid(entry, "a number of the job is out of range");
}

// Settings that were changed since it was queued, and the config with them.
absl::Status ParseChanges(const Json& json, std::string_view entry, JobCopy* copy) {
  if (copy->record.job.changes().empty()) return absl::OkStatus();
  Members members(json, entry);
  copy->texts.current = members.Word("current", kMaxConfig);
  int64_t last = 0;
  for (const v1::Change& change : copy->record.job.changes()) {
    if (change.id() != ++last) members.Refuse("changes", "are not numbered 1, 2, and so on");
  }
  return members.status();
}

absl::Status ParseLists(const Json& json, std::string_view entry, JobCopy* copy) {
  Members members(json, entry);
  std::set<int64_t> attempts;
  for (const Json& item : members.List("attempts", 1'000'000)) {
    Members row(item, entry);
    AttemptCopy& one = copy->attempts.emplace_back();
    one = {row.Integer("attempt", 1), row.Integer("resumed_step", -1),
           row.Integer("last_number", 0), std::nullopt};
    if (item.contains("resumed_sequence")) {
      one.resumed_sequence = row.Integer("resumed_sequence", 0);
    }
    if (!attempts.insert(one.attempt).second) row.Refuse("attempt", "stands twice");
    // The next attempt must be a new one.
    if (one.attempt > copy->record.job.attempt()) row.Refuse("attempt", "is behind the job's own");
    RETURN_IF_ERROR(row.status());
  }
  std::set<std::string> names;
  for (const Json& item : members.List("metrics", 100'000)) {
    Members row(item, entry);
    MetricInfo metric{static_cast<int64_t>(copy->metrics.size()) + 1, row.Word("name"),
                      row.Word("unit"), row.Word("goal")};
    bool goal = metric.goal == "min" || metric.goal == "max" || metric.goal == "none";
    if (!goal) row.Refuse("goal", "must be min, max or none");
    if (metric.name.empty() || !IsPlainWord(metric.name)) row.Refuse("name", "is no metric's");
    if (!names.insert(metric.name).second) row.Refuse("name", "stands twice");
    copy->metrics.push_back({std::move(metric), row.Integer("points", 0)});
    RETURN_IF_ERROR(row.status());
  }
  for (const Json& item : members.List("checkpoints", 1'000'000)) {
    Members row(item, entry);
    CheckpointCopy& one = copy->checkpoints.emplace_back();
    one.attempt = row.Integer("attempt", 1);
    one.checkpoint.set_step(row.Integer("step", 0));
    one.checkpoint.set_name(row.Word("name"));
    one.checkpoint.set_kind(row.Word("kind"));
    one.checkpoint.set_sha256(row.Word("sha256"));
    *one.checkpoint.mutable_create_time() = ToTimestamp(row.Integer("created_ms", 0));
    if (one.checkpoint.name() != "step-" + Number(one.checkpoint.step())) {
      row.Refuse("name", "is not that of a checkpoint of its step");
    }
    if (one.checkpoint.kind() != "full" && one.checkpoint.kind() != "weights") {
      row.Refuse("kind", "must be full or weights");
    }
    if (!names.insert("/" + one.checkpoint.name()).second) row.Refuse("name", "stands twice");
    RETURN_IF_ERROR(row.status());
  }
  return members.status();
}

}  // namespace

std::string JobEntry(int64_t source_job, std::string_view rest) {
  return StrCat("jobs/", source_job, "/", rest);
}
std::string SeriesEntry(int64_t source_job, int64_t metric) {
  return JobEntry(source_job, StrCat("series/", Number(metric), ".npy"));
}
std::string EventsEntry(int64_t source_job, int64_t part) {
  return JobEntry(source_job, StrCat("events/", Number(part), ".jsonl"));
}

std::string HeadText(const JobFileHead& head) {
  Json json = {
      {"format", kFormat}, {"version", kJobFileVersion},      {"lab_version", head.lab_version},
      {"host", head.host}, {"exported_ms", head.exported_ms}, {"group", head.group},
      {"jobs", head.jobs}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<JobFileHead> ParseHead(std::string_view text) {
  ASSIGN_OR_RETURN(Json json, ParseObject(text, kHeadEntry));
  Members members(json, kHeadEntry);
  if (members.Word("format") != kFormat) return Invalid(kHeadEntry, "is not that of a job file");
  int64_t version = members.Integer("version", 1);
  RETURN_IF_ERROR(members.status());
  if (version > kJobFileVersion) {
    return Failure(
        absl::StatusCode::kFailedPrecondition, reason::kJobFileNewer,
        StrCat("the file is of version ", version, " of the format, this labd reads up to ",
               kJobFileVersion, ": import it with a newer lab"));
  }
  JobFileHead head;
  head.lab_version = members.Word("lab_version");
  head.host = members.Word("host");
  head.exported_ms = members.Integer("exported_ms", 0);
  head.group = members.Word("group");
  if (!IsPlainWord(head.host) || !IsPlainWord(head.group)) {
    members.Refuse("group", "or host has control characters");
  }
  for (const Json& job : members.List("jobs", kMaxJobs)) {
    bool sound = job.is_number_integer() && job.get<int64_t>() > 0 &&
                 job.get<int64_t>() < kMaxNumber &&
                 std::count(head.jobs.begin(), head.jobs.end(), job.get<int64_t>()) == 0;
    if (!sound) return Invalid(kHeadEntry, "jobs must be different ids");
    head.jobs.push_back(job.get<int64_t>());
  }
  RETURN_IF_ERROR(members.status());
  if (head.jobs.empty()) return Invalid(kHeadEntry, "names no job");
  return head;
}

std::string RecordText(const JobCopy& copy) {
  v1::Job job = copy.record.job;
  // What follows below in full, what belongs to a running job, and what is worked out afresh.
  job.clear_checkpoints();
  job.clear_summary();
  job.clear_device();
  job.clear_worker_pid();
  job.clear_origin();
  job.clear_dependencies();  // on jobs of this home
  v1::ConfigText submitted = copy.texts.submitted;
  submitted.clear_text();
  Json attempts = Json::array();
  for (const AttemptCopy& one : copy.attempts) {
    Json& row = attempts.emplace_back(Json{{"attempt", one.attempt},
                                           {"resumed_step", one.resumed_step},
                                           {"last_number", one.last_number}});
    if (one.resumed_sequence) row["resumed_sequence"] = *one.resumed_sequence;
  }
  Json metrics = Json::array();
  for (const MetricCopy& one : copy.metrics) {
    metrics.push_back({{"name", one.metric.name},
                       {"unit", one.metric.unit},
                       {"goal", one.metric.goal},
                       {"points", one.point_count}});
  }
  Json checkpoints = Json::array();
  for (const CheckpointCopy& one : copy.checkpoints) {
    checkpoints.push_back({{"name", one.checkpoint.name()},
                           {"step", one.checkpoint.step()},
                           {"attempt", one.attempt},
                           {"kind", one.checkpoint.kind()},
                           {"sha256", one.checkpoint.sha256()},
                           {"created_ms", ToMillis(one.checkpoint.create_time())}});
  }
  Json json = {{"job", ToJson(job)},
               {"submitted", ToJson(submitted)},
               {"attempts", attempts},
               {"metrics", metrics},
               {"checkpoints", checkpoints}};
  if (!job.changes().empty()) json["current"] = copy.texts.current;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<JobCopy> ParseRecord(std::string_view text, int64_t source_job) {
  const std::string entry = JobEntry(source_job, "job.json");
  ASSIGN_OR_RETURN(Json json, ParseObject(text, entry));
  JobCopy copy;
  RETURN_IF_ERROR(FromJson(json.value("job", Json()), entry, &copy.record.job));
  RETURN_IF_ERROR(FromJson(json.value("submitted", Json()), entry, &copy.texts.submitted));
  RETURN_IF_ERROR(CheckJob(copy.record.job, entry));
  if (copy.record.job.id() != source_job) return Invalid(entry, "is of another job");
  RETURN_IF_ERROR(ParseChanges(json, entry, &copy));
  RETURN_IF_ERROR(ParseLists(json, entry, &copy));
  return copy;
}

std::string EventLine(const EventCopy& event) {
  Json json = {{"sequence", event.event.sequence()}, {"attempt", event.attempt}};
  json["number"] = event.number ? Json(*event.number) : Json();
  json["time_ms"] = ToMillis(event.event.time());
  v1::WatchEvent data = event.event;
  data.clear_sequence();
  data.clear_time();
  json["event"] = ToJson(data);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<EventCopy> ParseEventLine(std::string_view line, std::string_view entry) {
  ASSIGN_OR_RETURN(Json json, ParseObject(line, entry));
  EventCopy copy;
  RETURN_IF_ERROR(FromJson(json.value("event", Json()), entry, &copy.event));
  const v1::WatchEvent& event = copy.event;
  if (!event.has_state() && !event.has_sample() && !event.has_checkpoint() && !event.has_mark()) {
    return Invalid(entry, "holds an event of a kind that is not stored");
  }
  Members members(json, entry);
  copy.event.set_sequence(members.Integer("sequence", 1));
  *copy.event.mutable_time() = ToTimestamp(members.Integer("time_ms", 0));
  copy.attempt = members.Integer("attempt", 1);
  if (json.contains("number") && !json["number"].is_null()) {
    copy.number = members.Integer("number", 1);
  }
  RETURN_IF_ERROR(members.status());
  return copy;
}

std::string SeriesHeader(int64_t count) {
  std::string text =
      StrCat("{'descr': ", kRecordType, ", 'fortran_order': False, 'shape': (", count, ",), }");
  text.resize(kSeriesHeaderBytes - kMagic.size() - 2 - 1, ' ');
  text += '\n';
  std::string header(kMagic);
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

void AppendPointRecord(const PointCopy& point, std::string* bytes) {
  auto put = [&](const auto& value) {
    static_assert(sizeof(value) == 8);
    bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  put(point.attempt);
  put(point.point.sequence);
  put(point.point.step);
  put(point.point.seconds);
  put(point.point.value);
  put(point.time_ms);
}

absl::StatusOr<int64_t> ParseSeriesHeader(std::string_view start, std::string_view entry,
                                          size_t* header_bytes) {
  *header_bytes = kSeriesHeaderBytes;
  size_t at = start.find("'shape': (");
  int64_t count = 0;
  if (start.size() >= kSeriesHeaderBytes && at < kSeriesHeaderBytes) {
    std::string digits(start.substr(at + 10, 20));
    count = std::strtoll(digits.c_str(), nullptr, 10);
  }
  // Written one way only, so read one way only.
  bool sound = count >= 0 && count < kMaxNumber && start.size() >= kSeriesHeaderBytes &&
               start.substr(0, kSeriesHeaderBytes) == SeriesHeader(count);
  if (!sound) return Invalid(entry, "is no array of points as a job file has it");
  return count;
}

PointCopy PointRecordAt(std::string_view records, size_t index) {
  PointCopy point;
  const char* from = records.data() + index * kPointBytes;
  auto take = [&](auto* value) {
    std::memcpy(value, from, 8);
    from += 8;
  };
  take(&point.attempt);
  take(&point.point.sequence);
  take(&point.point.step);
  take(&point.point.seconds);
  take(&point.point.value);
  take(&point.time_ms);
  return point;
}

std::string SumLine(std::string_view sha256, std::string_view name) {
  return StrCat(sha256, "  ", name, "\n");
}

}  // namespace lab
