#include "daemon/catalog/catalog.h"

#include <optional>

#include "core/base/strings.h"

namespace lab {
namespace {

using Json = nlohmann::json;

// Reads an object's keys and remembers the first one that has a wrong type. An absent key or null
// leaves the default.
class Reader {
 public:
  Reader(const Json& object, std::string* problem) : object_(object), problem_(problem) {
    if (!object.is_object()) Complain("an entry", "an object");
  }

  std::string Text(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return "";
    if (!value->is_string()) return Complain(key, "text"), "";
    return value->get<std::string>();
  }
  int64_t Integer(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return 0;
    if (!value->is_number()) return Complain(key, "a number"), 0;
    return value->get<int64_t>();
  }
  bool Flag(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) return Complain(key, "true or false"), false;
    return value->get<bool>();
  }
  std::optional<double> Number(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) return Complain(key, "a number"), std::nullopt;
    return value->get<double>();
  }
  // Calls `each` with every entry of the list.
  template <class Each>
  void List(const char* key, Each each) const {
    const Json* value = Find(key);
    if (value == nullptr) return;
    if (!value->is_array()) return Complain(key, "a list");
    for (const Json& entry : *value) each(entry);
  }
  // A text, number or flag as it would be written in YAML.
  std::string Scalar(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return "";
    return value->is_string() ? value->get<std::string>() : value->dump();
  }
  const Json* Find(const char* key) const {
    if (!object_.is_object()) return nullptr;
    auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

 private:
  void Complain(std::string_view what, std::string_view wanted) const {
    if (problem_->empty()) *problem_ = StrCat(what, " is not ", wanted);
  }
  const Json& object_;
  std::string* problem_;
};

void FillField(const Json& json, std::string* problem, lab::v1::Field* field) {
  Reader in(json, problem);
  field->set_name(in.Text("name"));
  field->set_type(in.Text("type"));
  field->set_optional(in.Flag("optional"));
  field->set_auto_(in.Flag("auto"));
  field->set_default_value(in.Scalar("default"));
  field->set_help(in.Text("help"));
  field->set_unit(in.Text("unit"));
  if (auto min = in.Number("min")) field->set_min(*min);
  if (auto max = in.Number("max")) field->set_max(*max);
  field->set_above_min(in.Flag("above_min"));
  in.List("choices", [&](const Json& choice) {
    field->add_choices(choice.is_string() ? choice.get<std::string>() : choice.dump());
  });
  field->set_group(in.Text("group"));
  field->set_advanced(in.Flag("advanced"));
  field->set_live(in.Flag("live"));
  field->set_path(in.Flag("path"));
}

void FillJobType(const Json& json, std::string* problem, lab::v1::JobType* type) {
  Reader in(json, problem);
  type->set_name(in.Text("name"));
  type->set_title(in.Text("title"));
  type->set_summary(in.Text("summary"));
  if (const Json* schema = in.Find("schema")) {
    Reader(*schema, problem).List("fields", [&](const Json& field) {
      FillField(field, problem, type->add_fields());
    });
  }
  in.List("metrics", [&](const Json& entry) {
    Reader metric(entry, problem);
    lab::v1::MetricSpec* spec = type->add_metrics();
    spec->set_name(metric.Text("name"));
    spec->set_unit(metric.Text("unit"));
    spec->set_goal(metric.Text("goal"));
    spec->set_help(metric.Text("help"));
  });
  if (type->name().empty() && problem->empty()) *problem = "a job type has no name";
}

void FillDevice(const Json& json, std::string* problem, lab::v1::Device* device) {
  Reader in(json, problem);
  device->set_name(in.Text("name"));
  device->set_kind(in.Text("kind"));
  device->set_model(in.Text("model"));
  device->set_thread_count(in.Integer("threads"));
  device->set_memory_bytes(in.Integer("memory_bytes"));
}

void FillCorpus(const Json& json, std::string* problem, lab::v1::Corpus* corpus) {
  Reader in(json, problem);
  corpus->set_name(in.Text("name"));
  corpus->set_kind(in.Text("kind"));
  corpus->set_title(in.Text("title"));
  corpus->set_licence(in.Text("licence"));
  corpus->set_document_count(in.Integer("documents"));
  corpus->set_size_bytes(in.Integer("bytes"));
  corpus->set_known_entropy(in.Flag("entropy"));
}

absl::Status NotYet() {
  return absl::UnavailableError(
      "no worker has described itself yet; it is starting (see labctl daemon status)");
}

}  // namespace

absl::Status Catalog::Describe(const nlohmann::json& description) {
  std::string problem;
  lab::v1::Catalog catalog;
  lab::v1::ListCorporaResponse corpora;
  Reader in(description, &problem);
  in.List("job_types",
          [&](const Json& entry) { FillJobType(entry, &problem, catalog.add_job_types()); });
  in.List("presets", [&](const Json& entry) {
    Reader preset(entry, &problem);
    lab::v1::Preset* out = catalog.add_presets();
    out->set_name(preset.Text("name"));
    out->set_kind(preset.Text("kind"));
    out->set_title(preset.Text("title"));
    out->set_text(preset.Text("text"));
  });
  in.List("devices",
          [&](const Json& entry) { FillDevice(entry, &problem, catalog.add_devices()); });
  in.List("corpora",
          [&](const Json& entry) { FillCorpus(entry, &problem, corpora.add_corpora()); });
  if (const Json* versions = in.Find("versions"); versions != nullptr && versions->is_object()) {
    for (const auto& [name, version] : versions->items()) {
      if (version.is_string()) (*catalog.mutable_versions())[name] = version.get<std::string>();
    }
  }
  if (problem.empty() && catalog.job_types().empty()) problem = "it names no job type";
  if (!problem.empty()) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kWorkerProtocol,
                   StrCat("the worker's description is malformed: ", problem));
  }
  std::lock_guard lock(mutex_);
  described_ = true;
  catalog_ = std::move(catalog);
  corpora_ = std::move(corpora);
  return absl::OkStatus();
}

absl::StatusOr<lab::v1::Catalog> Catalog::Get() const {
  std::lock_guard lock(mutex_);
  if (!described_) return NotYet();
  return catalog_;
}

absl::StatusOr<lab::v1::ListCorporaResponse> Catalog::Corpora() const {
  std::lock_guard lock(mutex_);
  if (!described_) return NotYet();
  return corpora_;
}

absl::StatusOr<std::string> Catalog::PresetText(std::string_view name) const {
  std::lock_guard lock(mutex_);
  if (!described_) return NotYet();
  std::string known;
  for (const lab::v1::Preset& preset : catalog_.presets()) {
    if (preset.kind() != "job") continue;
    if (preset.name() == name) return preset.text();
    known += StrCat(known.empty() ? "" : ", ", preset.name());
  }
  return absl::NotFoundError(
      StrCat("no ready run is called \"", name, "\"; there are: ", known.empty() ? "none" : known));
}

}  // namespace lab
