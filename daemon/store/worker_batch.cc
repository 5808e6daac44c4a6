#include "daemon/store/worker_batch.h"

#include <limits>

#include "core/base/strings.h"

namespace lab {
namespace {

using nlohmann::json;

constexpr uint32_t kMaxMetricIndex = 100'000;

absl::Status Wrong(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kWorkerProtocol, message);
}

// Readers of one field of a frame that remember the first thing that is wrong.
class Fields {
 public:
  Fields(const json& object, std::string frame) : object_(object), frame_(std::move(frame)) {}

  std::string Text(const char* key) {
    const json* value = Find(key, "a string");
    if (value && value->is_string()) return value->get<std::string>();
    return Fail<std::string>(key, "a string");
  }
  std::string TextOr(const char* key, std::string otherwise) {
    return object_.contains(key) ? Text(key) : otherwise;
  }
  int64_t Int(const char* key, int64_t least) {
    const json* value = Find(key, "an integer");
    if (!value || !value->is_number_integer()) return Fail<int64_t>(key, "an integer");
    bool too_great = value->is_number_unsigned() &&
                     value->get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()};
    if (too_great || value->get<int64_t>() < least) {
      return Fail<int64_t>(key, StrCat("an integer from ", least));
    }
    return value->get<int64_t>();
  }
  uint64_t Unsigned(const char* key) {
    const json* value = Find(key, "an integer");
    bool good = value && value->is_number_integer() &&
                (value->is_number_unsigned() || value->get<int64_t>() >= 0);
    return good ? value->get<uint64_t>() : Fail<uint64_t>(key, "an integer from 0");
  }
  double Number(const char* key) {
    const json* value = Find(key, "a number");
    return value && value->is_number() ? value->get<double>() : Fail<double>(key, "a number");
  }
  // An array, or an empty one where it is absent.
  json Array(const char* key) {
    if (!object_.contains(key)) return json::array();
    const json& value = object_[key];
    return value.is_array() ? value : Fail<json>(key, "an array");
  }
  void Refuse(std::string_view message) {
    if (status_.ok()) status_ = Wrong(StrCat("a frame \"", frame_, "\": ", message));
  }
  const absl::Status& status() const { return status_; }

 private:
  const json* Find(const char* key, std::string_view wanted) {
    auto found = object_.is_object() ? object_.find(key) : object_.end();
    if (found != object_.end()) return &*found;
    Refuse(StrCat("`", key, "` is missing; it must be ", wanted));
    return nullptr;
  }
  template <class T>
  T Fail(const char* key, std::string_view wanted) {
    Refuse(StrCat("`", key, "` must be ", wanted));
    return T{};
  }

  const json& object_;
  std::string frame_;
  absl::Status status_;
};

v1::Sample ReadSample(Fields* fields, const std::string& payload) {
  v1::Sample sample;
  json lengths = fields->Array("lengths");
  if (lengths.empty()) {
    sample.set_prompt(fields->Text("prompt"));
    sample.set_text(fields->Text("text"));
  } else {
    auto length = [&](size_t i) {
      return i < lengths.size() && lengths[i].is_number_integer() ? lengths[i].get<int64_t>() : -1;
    };
    const auto size = static_cast<int64_t>(payload.size());
    bool good =
        lengths.size() == 2 && length(0) >= 0 && length(0) <= size && length(1) == size - length(0);
    if (good) {
      sample.set_prompt(payload.substr(0, static_cast<size_t>(length(0))));
      sample.set_text(payload.substr(static_cast<size_t>(length(0))));
    } else {
      fields->Refuse("`lengths` must be those of prompt and text in the payload");
    }
  }
  sample.set_token_count(fields->Int("tokens", 0));
  sample.set_seed(fields->Unsigned("seed"));
  sample.set_temperature(fields->Number("temperature"));
  sample.set_top_k(fields->Int("top_k", 0));
  sample.set_top_p(fields->Number("top_p"));
  return sample;
}

RecordedCheckpoint ReadCheckpoint(Fields* fields) {
  RecordedCheckpoint record;
  record.checkpoint.set_name(fields->Text("name"));
  record.checkpoint.set_kind(fields->Text("kind"));
  record.checkpoint.set_size_bytes(fields->Int("size_bytes", 0));
  record.checkpoint.set_sha256(fields->Text("sha256"));
  record.trainer_sha256 = fields->TextOr("trainer_sha256", "");
  const std::string& kind = record.checkpoint.kind();
  if (kind != "full" && kind != "weights") fields->Refuse("`kind` must be full or weights");
  for (const json& name : fields->Array("removed")) {
    if (!name.is_string()) fields->Refuse("`removed` must hold names");
    if (name.is_string()) record.removed.push_back(name.get<std::string>());
  }
  for (const json& pair : fields->Array("reduced")) {
    bool good =
        pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_number_integer();
    if (!good) fields->Refuse("`reduced` must hold pairs of name and size");
    if (good) record.reduced.emplace_back(pair[0].get<std::string>(), pair[1].get<int64_t>());
  }
  return record;
}

}  // namespace

bool WorkerFrames::Takes(std::string_view type) {
  return type == "declare" || type == "points" || type == "event";
}

absl::Status WorkerFrames::Add(const Frame& frame) {
  std::string type = frame.type();
  if (type == "declare") return AddDeclare(frame.header);
  if (type == "points") return AddPoints(frame);
  if (type == "event") return AddEvent(frame);
  return Wrong(StrCat("a frame \"", type, "\" holds no events"));
}

WorkerBatch WorkerFrames::Take() {
  WorkerBatch batch = std::move(batch_);
  batch_ = WorkerBatch();
  return batch;
}

absl::Status WorkerFrames::CheckNumber(int64_t first) const {
  if (last_number_ == 0 || first == last_number_ + 1) return absl::OkStatus();
  return Wrong(StrCat("event ", first, " came after event ", last_number_));
}

absl::Status WorkerFrames::AddDeclare(const json& header) {
  std::vector<DeclaredMetric> metrics;
  Fields outer(header, "declare");
  for (const json& row : outer.Array("metrics")) {
    Fields fields(row, "declare");
    DeclaredMetric metric;
    int64_t index = fields.Int("index", 0);
    metric.name = fields.Text("name");
    metric.unit = fields.Text("unit");
    metric.goal = fields.Text("goal");
    if (metric.goal != "min" && metric.goal != "max" && metric.goal != "none") {
      fields.Refuse("`goal` must be min, max or none");
    }
    if (metric.name.empty()) fields.Refuse("`name` is empty");
    if (index > kMaxMetricIndex) fields.Refuse(StrCat("metric index ", index, " is too great"));
    RETURN_IF_ERROR(fields.status());
    metric.index = static_cast<uint32_t>(index);
    metrics.push_back(std::move(metric));
  }
  RETURN_IF_ERROR(outer.status());
  for (const DeclaredMetric& metric : metrics) {
    if (metric.index >= declared_.size()) declared_.resize(metric.index + 1);
    declared_[metric.index] = true;
  }
  if (!metrics.empty()) batch_.items.emplace_back(std::move(metrics));
  return absl::OkStatus();
}

absl::Status WorkerFrames::AddPoints(const Frame& frame) {
  Fields fields(frame.header, "points");
  WorkerPoints points;
  points.first = fields.Int("first", 1);
  int64_t count = fields.Int("count", 1);
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(CheckNumber(points.first));
  if (frame.payload.size() % kPointRecordBytes != 0 ||
      static_cast<int64_t>(frame.payload.size() / kPointRecordBytes) != count) {
    return Wrong(StrCat("a frame \"points\" announces ", count, " points in ", frame.payload.size(),
                        " bytes"));
  }
  points.points.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    PointRecord point = PointAt(frame.payload, static_cast<size_t>(i));
    bool known = point.metric < declared_.size() && declared_[point.metric];
    if (!known && !trusting_) {
      return Wrong(StrCat("a point of metric ", point.metric, ", which was not declared"));
    }
    if (point.step > uint64_t{std::numeric_limits<int64_t>::max()}) {
      return Wrong(StrCat("a point at step ", point.step));
    }
    points.points.push_back(point);
  }
  last_number_ = points.first + count - 1;
  batch_.event_count += count;
  batch_.last_number = last_number_;
  batch_.items.emplace_back(std::move(points));
  return absl::OkStatus();
}

absl::Status WorkerFrames::AddEvent(const Frame& frame) {
  Fields fields(frame.header, "event");
  WorkerEvent event;
  event.number = fields.Int("number", 1);
  event.step = fields.Int("step", 0);
  event.seconds = fields.Number("seconds");
  std::string kind = fields.Text("kind");
  auto found = frame.header.find("data");
  if (found == frame.header.end() || !found->is_object()) fields.Refuse("`data` must be an object");
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(CheckNumber(event.number));
  Fields data(*found, StrCat("event ", kind));
  if (kind == "sample") {
    v1::Sample sample = ReadSample(&data, frame.payload);
    sample.set_step(event.step);
    event.data = std::move(sample);
  } else if (kind == "checkpoint") {
    RecordedCheckpoint record = ReadCheckpoint(&data);
    record.checkpoint.set_step(event.step);
    event.data = std::move(record);
  } else if (kind == "mark") {
    v1::Mark mark;
    mark.set_step(event.step);
    mark.set_text(data.Text("text"));
    mark.set_kind(data.TextOr("kind", "note"));
    if (found->contains("change")) mark.set_change_id(data.Int("change", 1));
    event.data = std::move(mark);
  } else {
    return Wrong(StrCat("an event of kind \"", kind, "\""));
  }
  RETURN_IF_ERROR(data.status());
  last_number_ = event.number;
  batch_.event_count += 1;
  batch_.last_number = event.number;
  batch_.items.emplace_back(std::move(event));
  return absl::OkStatus();
}

}  // namespace lab
