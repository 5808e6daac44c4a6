// The worker's words about itself: its description, and a check's answer, as JSON
// (docs/formats/worker_frame.md).

#include <algorithm>

#include <torch/headeronly/version.h>

#include "core/base/strings.h"
#include "core/base/version.h"
#include "core/config/embedded.h"
#include "core/data/corpus.h"
#include "core/jobs/job.h"
#include "core/model/model_config.h"
#include "core/tensor/device.h"

namespace lab {
namespace {

using nlohmann::json;

template <class T>
json OrNull(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json ErrorList(const std::vector<ConfigError>& errors) {
  json list = json::array();
  for (const ConfigError& error : errors) {
    list.push_back({{"file", error.file},
                    {"line", error.line},
                    {"field", error.field},
                    {"message", error.message},
                    {"reason", error.reason},
                    {"suggestion", error.suggestion}});
  }
  return list;
}

json ForecastJson(const Forecast& forecast) {
  json memory = json::array();
  int64_t total = 0;
  for (const MemoryComponent& part : forecast.memory) {
    memory.push_back(
        {{"component", part.component}, {"bytes", part.bytes}, {"formula", part.formula}});
    total += part.bytes;
  }
  return {{"parameters", OrNull(forecast.parameters)},
          {"tokens_per_step", OrNull(forecast.tokens_per_step)},
          {"total_steps", OrNull(forecast.total_steps)},
          {"memory", memory},
          {"memory_bytes", forecast.memory.empty() ? json(nullptr) : json(total)},
          {"flops_per_token", OrNull(forecast.flops_per_token)},
          {"flops_per_second", OrNull(forecast.flops_per_second)},
          {"seconds", OrNull(forecast.seconds)}};
}

// Paths of all presets as people should meet them: shapes from small to large, then the first run,
// then the others.
std::vector<std::string> PresetOrder() {
  std::vector<std::string> order;
  for (const std::string& name : ModelPresets()) order.push_back("configs/model/" + name + ".yaml");
  order.push_back("configs/pretrain/first_run.yaml");
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    const std::string path(file.path);
    const bool listed = std::find(order.begin(), order.end(), path) != order.end();
    if (path.starts_with("configs/") && !listed) order.push_back(path);
  }
  return order;
}

// "configs/pretrain/first_run.yaml" → its name, kind, and the first comment line as title.
json PresetJson(const EmbeddedFile& file) {
  std::string path(file.path);
  const size_t slash = path.rfind('/');
  std::string name = path.substr(slash + 1, path.size() - slash - 1 - std::string(".yaml").size());
  std::string title;
  if (file.text.starts_with("# ")) title = file.text.substr(2, file.text.find('\n') - 2);
  return {{"name", name},
          {"kind", path.starts_with("configs/model/") ? "model" : "job"},
          {"title", title},
          {"text", std::string(file.text)}};
}

}  // namespace

json ToJson(const CheckResult& result) {
  json changes = json::array();
  for (const Difference& change : result.changes) {
    changes.push_back({{"field", change.field}, {"before", change.a}, {"value", change.b}});
  }
  return {{"changes", changes},
          {"ok", result.errors.empty()},
          {"type", "checked"},
          {"job_type", result.type},
          {"name", result.name},
          {"resolved", result.resolved},
          {"errors", ErrorList(result.errors)},
          {"warnings", ErrorList(result.warnings)},
          {"forecast", result.forecast ? ForecastJson(*result.forecast) : json(nullptr)}};
}

json DescribeInstallation() {
  json types = json::array();
  for (const JobType& type : JobTypes()) {
    json metrics = json::array();
    for (const MetricSpec& metric : type.info.metrics) {
      metrics.push_back({{"name", metric.name},
                         {"unit", metric.unit},
                         {"goal", GoalName(metric.goal)},
                         {"help", metric.help}});
    }
    types.push_back({{"name", type.info.name},
                     {"title", type.info.title},
                     {"summary", type.info.summary},
                     {"schema", type.schema},
                     {"metrics", metrics}});
  }
  json presets = json::array();
  for (const std::string& path : PresetOrder()) {
    for (const EmbeddedFile& file : EmbeddedFiles()) {
      if (file.path == path) presets.push_back(PresetJson(file));
    }
  }
  json corpora = json::array();
  for (const CorpusInfo& corpus : ListCorpora()) {
    corpora.push_back({{"name", corpus.name},
                       {"kind", corpus.kind},
                       {"title", corpus.title},
                       {"licence", corpus.licence},
                       {"documents", corpus.documents},
                       {"bytes", 0},
                       {"entropy", corpus.known_entropy}});
  }
  CpuDescription cpu = DescribeCpu();
  return {{"job_types", types},
          {"presets", presets},
          {"corpora", corpora},
          {"devices", json::array({{{"name", "cpu"},
                                    {"kind", "cpu"},
                                    {"model", cpu.name},
                                    {"threads", cpu.cores},
                                    {"memory_bytes", cpu.memory_total_bytes}}})},
          {"versions", {{"lab", kLabVersion}, {"libtorch", TORCH_VERSION}}}};
}

}  // namespace lab
