// explain: a setting, a section or a metric, from what the worker says of itself.

#include <algorithm>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

bool StartsWith(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

std::string RangeText(const v1::Field& field) {
  std::string text;
  if (field.has_min()) {
    text = StrCat(field.above_min() ? "above " : "at least ", FormatDouble(field.min()));
  }
  if (field.has_max()) {
    text += StrCat(text.empty() ? "" : ", ", "at most ", FormatDouble(field.max()));
  }
  return text;
}

std::string DefaultText(const v1::Field& field) {
  if (!field.default_value().empty()) return field.default_value();
  return field.optional() ? "unset: a preset or a rule fills it" : "";
}

void PrintField(Context& context, const v1::JobType& type, const v1::Field& field) {
  context.Print(StrCat(context.Painted(StrCat(type.name(), ".", field.name()), Color::kBold), "\n",
                       "  ", field.help(), "\n"));
  Table table({{""}, {""}});
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) table.Add({StrCat("  ", name), value});
  };
  std::string choices;
  for (const std::string& one : field.choices()) choices += StrCat(choices.empty() ? "" : " ", one);
  add("type", field.auto_() ? StrCat(field.type(), " or auto") : field.type());
  add("unit", field.unit());
  add("default", DefaultText(field));
  add("range", RangeText(field));
  add("choices", choices);
  if (field.live()) add("live", "may change while the job runs");
  if (field.path()) add("path", "a file if it holds / or ends in .txt, .jsonl or .gguf");
  context.Print(table.Text(0, context.terminal().unicode, false));
}

void PrintFields(Context& context, const std::vector<const v1::Field*>& fields) {
  Table table({{"FIELD"},
               {"TYPE", false, false, true},
               {"DEFAULT", false, true},
               {"WHAT IT DOES", false, true}});
  for (const v1::Field* field : fields) {
    table.Add({field->name(), field->type(), field->default_value(), field->help()});
  }
  context.PrintTable(table);
}

void PrintMetric(Context& context, const v1::MetricSpec& metric) {
  context.Print(StrCat(context.Painted(metric.name(), Color::kBold), "\n  ", metric.help(), "\n"));
  Table table({{""}, {""}});
  if (!metric.unit().empty()) table.Add({"  unit", metric.unit()});
  if (!metric.goal().empty())
    table.Add({"  better", metric.goal() == "none"  ? "neither"
                           : metric.goal() == "min" ? "smaller"
                                                    : "larger"});
  context.Print(table.Text(0, context.terminal().unicode, false));
}

// What a name may mean: fields of one type, or a metric.
struct Meaning {
  const v1::JobType* type = nullptr;
  std::vector<const v1::Field*> fields;  // one, or a section's
  bool exact = false;                    // names one field
  const v1::MetricSpec* metric = nullptr;
};

// `name` is a field's or a section's name in `type`; "" means all fields.
bool FindIn(const v1::JobType& type, const std::string& name, Meaning& meaning) {
  meaning = Meaning{&type, {}, false, nullptr};
  for (const v1::Field& field : type.fields()) {
    if (field.name() == name) {
      meaning.fields = {&field};
      meaning.exact = true;
      return true;
    }
    if (name.empty() || StartsWith(field.name(), name + ".")) meaning.fields.push_back(&field);
  }
  return !meaning.fields.empty();
}

bool Find(const v1::Catalog& catalog, const std::string& name, Meaning& meaning) {
  for (const v1::JobType& type : catalog.job_types()) {
    if (name == type.name()) return FindIn(type, "", meaning);
    if (StartsWith(name, type.name() + ".")) {
      if (FindIn(type, name.substr(type.name().size() + 1), meaning)) return true;
    }
  }
  for (const v1::JobType& type : catalog.job_types()) {
    if (FindIn(type, name, meaning)) return true;
  }
  for (const v1::JobType& type : catalog.job_types()) {
    for (const v1::MetricSpec& metric : type.metrics()) {
      if (metric.name() != name) continue;
      meaning = Meaning{&type, {}, false, &metric};
      return true;
    }
  }
  return false;
}

absl::Status Unknown(const v1::Catalog& catalog, const std::string& name) {
  std::vector<std::string> names;
  for (const v1::JobType& type : catalog.job_types()) {
    names.push_back(type.name());
    bool qualified = StartsWith(name, type.name() + ".");
    for (const v1::Field& field : type.fields()) {
      std::string prefix = qualified ? type.name() + "." : "";
      names.push_back(prefix + field.name());
      size_t dot = field.name().rfind('.');
      if (dot != std::string::npos) names.push_back(prefix + field.name().substr(0, dot));
    }
    for (const v1::MetricSpec& metric : type.metrics()) names.push_back(metric.name());
  }
  std::string nearest = NearestWord(name, names);
  return Failure(absl::StatusCode::kNotFound, "FIELD_NOT_FOUND",
                 StrCat("no setting, section or metric is called \"", name, "\"",
                        nearest.empty() ? "; labctl types lists the job types"
                                        : StrCat("; did you mean ", nearest, "?")));
}

absl::StatusOr<int> Explain(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::Catalog catalog, client->GetCatalog());
  Meaning meaning;
  if (!Find(catalog, name, meaning)) return Unknown(catalog, name);
  if (context.json()) {
    Json document = Document();
    document["type"] = meaning.type->name();
    if (meaning.metric != nullptr) {
      document["metric"] = {{"name", meaning.metric->name()},
                            {"unit", meaning.metric->unit()},
                            {"goal", meaning.metric->goal()},
                            {"help", meaning.metric->help()}};
    } else if (meaning.exact) {
      document["field"] = FieldJson(*meaning.fields.front());
    } else {
      document["fields"] = Json::array();
      for (const v1::Field* field : meaning.fields) document["fields"].push_back(FieldJson(*field));
    }
    context.PrintJson(document);
  } else if (meaning.metric != nullptr) {
    PrintMetric(context, *meaning.metric);
  } else if (meaning.exact) {
    PrintField(context, *meaning.type, *meaning.fields.front());
  } else {
    PrintFields(context, meaning.fields);
  }
  return kOk;
}

}  // namespace

Run ConfigureExplain(Arguments& takes) {
  auto name = std::make_shared<std::string>();
  takes
      .Word("field", name.get(),
            "pretrain.optim.learning_rate, pretrain.optim, pretrain, train/loss")
      .Offers(OfferOf(OfferKind::kTopics));
  return [name](Context& context) { return Explain(context, *name); };
}

}  // namespace lab::cli
