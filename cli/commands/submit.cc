// submit: a file, a ready run or a type into the queue, or with --dry-run only its verdict and
// cost.

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <istream>
#include <iterator>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/queueing.h"
#include "core/base/file.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxConfigBytes = 1 << 20;

struct Given {
  std::string target;
  std::vector<std::string> overrides;
  QueueFlags queue;
  bool dry_run = false;
};

bool LooksLikePath(std::string_view target) {
  return std::count(target.begin(), target.end(), '/') > 0 || target.ends_with(".yaml") ||
         target.ends_with(".yml");
}

absl::Status ReadConfigFile(const std::string& target, const fs::path& folder,
                            v1::ConfigText& config) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(target, kMaxConfigBytes));
  size_t bad = FirstInvalidUtf8(text);
  if (bad != std::string::npos) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                   StrCat(target, ": is not UTF-8 text: byte ", bad, " is ill-formed"));
  }
  config.set_text(text);
  config.set_file(target);
  config.set_base(fs::weakly_canonical(folder / target).parent_path().string());
  return absl::OkStatus();
}

// A word: a job type, else a ready run, else a file of that name.
absl::Status FindByName(const LabClient& client, const std::string& word, const fs::path& folder,
                        v1::ConfigText& config) {
  ASSIGN_OR_RETURN(v1::Catalog catalog, client.GetCatalog());
  std::vector<std::string> names;
  for (const v1::JobType& type : catalog.job_types()) {
    names.push_back(type.name());
    if (type.name() != word) continue;
    config.set_text(StrCat("type: ", word, "\n"));
    return absl::OkStatus();
  }
  for (const v1::Preset& preset : catalog.presets()) {
    if (preset.kind() != "job") continue;
    names.push_back(preset.name());
    if (preset.name() != word) continue;
    config.set_text(preset.text());
    config.set_file(StrCat(word, ".yaml"));
    return absl::OkStatus();
  }
  std::error_code ignored;
  if (fs::is_regular_file(folder / word, ignored)) return ReadConfigFile(word, folder, config);
  std::string nearest = NearestWord(word, names);
  return Failure(absl::StatusCode::kNotFound, "CONFIG_NOT_FOUND",
                 StrCat("\"", word, "\" is neither a job type nor a ready run nor a file",
                        nearest.empty() ? "; labctl types and labctl presets list them"
                                        : StrCat("; did you mean ", nearest, "?")));
}

absl::StatusOr<v1::ConfigText> MakeConfig(Context& context, const LabClient& client,
                                          const Given& given) {
  v1::ConfigText config;
  ASSIGN_OR_RETURN(*config.mutable_base(), context.BaseForLabd());
  config.set_override_base(config.base());
  std::error_code error;
  fs::path folder = fs::current_path(error);
  if (error) return absl::FailedPreconditionError("the current folder is gone");
  RETURN_IF_ERROR(CheckOverrides(given.overrides));
  for (const std::string& change : given.overrides) config.add_overrides(change);
  if (given.target == "-") {
    std::istream& in = *context.terminal().in;
    config.set_text(std::string(std::istreambuf_iterator<char>(in), {}));
    config.set_file("<stdin>");
    if (FirstInvalidUtf8(config.text()) != std::string::npos) {
      return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                     "<stdin>: is not UTF-8 text");
    }
  } else if (LooksLikePath(given.target)) {
    RETURN_IF_ERROR(ReadConfigFile(given.target, folder, config));
  } else {
    RETURN_IF_ERROR(FindByName(client, given.target, folder, config));
  }
  // Paths mean the other machine's files; this one's folder says nothing about them.
  if (config.override_base().empty()) config.clear_base();
  return config;
}

// A refused config comes with as many errors as fit beside an answer; a check gives all.
absl::Status WithAllErrors(const LabClient& client, const v1::ConfigText& config,
                           absl::Status status) {
  if (!CheckReportOf(status)) return status;
  v1::CheckJobRequest request;
  *request.mutable_config() = config;
  absl::StatusOr<v1::CheckReport> report = client.CheckJob(request);
  if (!report.ok() || report->errors_size() == 0) return status;
  return RefusedStatus(*report);
}

void PrintForecast(Context& context, const v1::CheckReport& report) {
  const v1::Forecast& forecast = report.forecast();
  Table table({{""}, {""}, {"", false, true}});
  table.Add({"type", report.type(), ""});
  table.Add({"jobs", FormatGrouped(report.member_count()), ""});
  if (forecast.has_parameter_count()) {
    table.Add({"parameters", FormatGrouped(forecast.parameter_count()), ""});
  }
  if (forecast.has_tokens_per_step()) {
    table.Add({"tokens per step", FormatGrouped(forecast.tokens_per_step()), ""});
  }
  table.Add({"steps",
             forecast.has_total_steps() ? FormatGrouped(forecast.total_steps())
                                        : "known after tokenising",
             ""});
  if (forecast.has_memory_bytes()) {
    table.Add({"memory", FormatBytes(forecast.memory_bytes()), ""});
  }
  for (const v1::Forecast::Component& part : forecast.memory()) {
    table.Add({StrCat("  ", part.name()), FormatBytes(part.size_bytes()), part.formula()});
  }
  if (forecast.has_disk_bytes()) {
    table.Add({"disk", StrCat("at most ", FormatBytes(forecast.disk_bytes())), "checkpoints"});
  }
  if (forecast.has_seconds()) {
    std::string rate = forecast.has_flops_per_second()
                           ? StrCat("at ", FormatCount(forecast.flops_per_second()),
                                    " operations/s, measured here")
                           : "";
    table.Add({"time", StrCat("about ", FormatDuration(forecast.seconds())), rate});
  }
  context.PrintTable(table, /*header=*/false);
}

absl::StatusOr<int> DryRun(Context& context, const LabClient& client,
                           const v1::ConfigText& config) {
  v1::CheckJobRequest request;
  *request.mutable_config() = config;
  ASSIGN_OR_RETURN(v1::CheckReport report, client.CheckJob(request));
  if (report.errors_size() > 0) return RefusedStatus(report);
  if (context.json()) {
    Json document = Document();
    document["type"] = report.type();
    document["jobs"] = report.member_count();
    document["resolved"] = report.resolved();
    document["forecast"] = ForecastJson(report.forecast());
    document["warnings"] = Json::array();
    for (const v1::FieldError& one : report.warnings()) {
      document["warnings"].push_back(FieldErrorJson(one));
    }
    context.PrintJson(document);
    return kOk;
  }
  for (const v1::FieldError& one : report.warnings()) {
    context.Say(StrCat("warning: ", FieldErrorLine(one)));
  }
  context.Print(WithNewline(report.resolved()));
  context.Print("\n");
  PrintForecast(context, report);
  context.Print("nothing would be refused; nothing was queued\n");
  return kOk;
}

absl::StatusOr<int> Submit(Context& context, const Given& given) {
  if (given.queue.timeout < 0) return UsageError("--timeout must be positive");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::ConfigText config, MakeConfig(context, *client, given));
  if (given.dry_run) return DryRun(context, *client, config);
  v1::CreateJobRequest request;
  *request.mutable_config() = config;
  RETURN_IF_ERROR(FillRequest(*client, given.queue, &request));
  absl::StatusOr<v1::CreateJobResponse> created = client->CreateJob(request);
  if (!created.ok()) return WithAllErrors(*client, config, created.status());
  return TellAndFollow(context, *client, *created, given.queue);
}

}  // namespace

Run ConfigureSubmit(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes
      .Word("config", &given->target,
            "a YAML file (- for stdin), a ready run (labctl presets) or a job type")
      .Offers(OfferOf(OfferKind::kConfigs));
  takes.Repeated("--set", &given->overrides, "change a field: optim.learning_rate=1e-4; repeatable")
      .Offers(OfferOf(OfferKind::kSettings));
  DeclareQueueFlags(takes, &given->queue);
  takes.Flag("--dry-run", &given->dry_run,
             "only check it, and forecast parameters, memory and time");
  takes.Exclude("--dry-run", {"--watch", "--wait", "--parsable", "--timeout"});
  return [given](Context& context) { return Submit(context, *given); };
}

}  // namespace lab::cli
