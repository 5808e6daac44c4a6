#include "core/jobs/registry.h"

#include <algorithm>

#include "core/base/strings.h"
#include "core/jobs/evaluate_job.h"
#include "core/jobs/pretrain_job.h"
#include "core/jobs/tokenize_job.h"
#include "core/tensor/device.h"

namespace lab {

const std::vector<JobType>& JobTypes() {
  static const std::vector<JobType> kTypes = {Row<PretrainJob>(), Row<EvaluateJob>(),
                                              Row<TokenizeJob>()};
  return kTypes;
}

const JobType* FindJobType(std::string_view name) {
  for (const JobType& type : JobTypes()) {
    if (type.info.name == name) return &type;
  }
  return nullptr;
}

CheckResult CheckConfig(const ConfigText& text, bool measure) {
  auto header = ParseHeader(text);
  if (const JobType* type = FindJobType(header.config.type)) return type->check(text, measure);
  CheckResult result{.type = header.config.type, .name = header.config.name};
  result.errors = std::move(header.errors);
  if (!result.errors.empty()) return result;
  std::vector<std::string> names;
  std::string list;
  for (const JobType& type : JobTypes()) {
    names.push_back(type.info.name);
    list += (list.empty() ? "" : ", ") + type.info.name;
  }
  result.errors.push_back(
      {.file = text.file,
       .field = "type",
       .message = StrCat("unknown job type \"", header.config.type, "\"; this lab has ", list),
       .reason = std::string(reason::kConfigInvalid),
       .suggestion = NearestWord(header.config.type, names)});
  return result;
}

CheckResult CheckChange(const ChangeText& change) {
  auto header = ParseHeader(change.text);
  const JobType* type = FindJobType(header.config.type);
  CheckResult result =
      type != nullptr ? type->check_change(change) : CheckConfig(change.text, false);
  // A person typed `field=value` and no file.
  for (ConfigError& error : result.errors) error.file.clear();
  return result;
}

void RefuseWhatCannotChange(const nlohmann::json& schema, int64_t step, CheckResult* result) {
  for (const Difference& change : result->changes) {
    auto row =
        std::find_if(schema["fields"].begin(), schema["fields"].end(),
                     [&](const nlohmann::json& field) { return field["name"] == change.field; });
    const bool live = row != schema["fields"].end() && (*row)["live"].get<bool>();
    if (!live) {
      result->errors.push_back(
          {.field = change.field,
           .message = StrCat("is ", change.a,
                             " and cannot change while the job goes on; a new job "
                             "can have another: labctl duplicate ID --set ",
                             change.field, "=", change.b),
           .reason = "SETTING_NOT_LIVE"});
    }
    const bool length = change.field == "train.steps" || change.field == "train.epochs" ||
                        change.field == "train.tokens";
    const auto total = result->forecast ? result->forecast->total_steps : std::nullopt;
    if (live && length && total && *total <= step) {
      result->errors.push_back(
          {.field = change.field,
           .message = StrCat("ends the run at step ", *total, ", but it is at step ", step,
                             "; labctl cancel or labctl pause stops it where it is"),
           .reason = "STEP_PASSED"});
    }
  }
  if (result->errors.empty()) return;
  result->resolved.clear();
  result->forecast.reset();
}

double MeasuredFlopsPerSecond(Precision precision) {
  if (precision == Precision::kBf16) {
    static const double kBf16Rate = MeasureFlopsPerSecond(Precision::kBf16);
    return kBf16Rate;
  }
  static const double kFp32Rate = MeasureFlopsPerSecond(Precision::kFp32);
  return kFp32Rate;
}

}  // namespace lab
