#include "core/jobs/registry.h"

#include "core/base/strings.h"
#include "core/jobs/pretrain_job.h"
#include "core/jobs/tokenize_job.h"
#include "core/tensor/device.h"

namespace lab {

const std::vector<JobType>& JobTypes() {
  static const std::vector<JobType> kTypes = {Row<PretrainJob>(), Row<TokenizeJob>()};
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

double MeasuredFlopsPerSecond(Precision precision) {
  if (precision == Precision::kBf16) {
    static const double kBf16Rate = MeasureFlopsPerSecond(Precision::kBf16);
    return kBf16Rate;
  }
  static const double kFp32Rate = MeasureFlopsPerSecond(Precision::kFp32);
  return kFp32Rate;
}

}  // namespace lab
