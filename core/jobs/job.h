#pragma once

// What a job is: a config and a function. A job type is a struct
//
//   struct TokenizeJob {
//     using Config = TokenizeConfig;                       // described, see core/config/describe.h
//     static JobInfo Info();                               // name, title, metrics
//     static Resolution Resolve(Config& config);           // fills what was left open, checks more
//     static Forecast Cost(const Config& config, bool measure);
//     static absl::StatusOr<Outcome> Run(const Config& config, JobContext& context);
//   };
//
// and one row in registry.cc. Everything else (schema, forms, validation, the command line, sweeps)
// follows from it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "core/config/config.h"
#include "core/tensor/precision.h"
#include "core/train/control.h"
#include "core/train/event_sink.h"
#include "core/train/train_loop.h"

namespace lab {

struct JobInfo {
  std::string name;     // "pretrain"
  std::string title;    // "Pretrain a GPT"
  std::string summary;  // one sentence
  std::vector<MetricSpec> metrics;
};

// What a running job has. The folder and the cache exist.
struct JobContext {
  EventSink& sink;
  Control& control;
  std::filesystem::path folder;                 // the job's own
  std::filesystem::path cache;                  // shared by all jobs
  std::optional<std::filesystem::path> resume;  // a full checkpoint to go on from
};

// What resolving a config found beside what its fields say.
struct Resolution {
  std::vector<ConfigError> errors;
  std::vector<ConfigError> warnings;
};

struct MemoryComponent {
  std::string component;
  int64_t bytes = 0;
  std::string formula;
};

// The cost of a run, by formula. Unset: not known before it runs.
struct Forecast {
  std::optional<int64_t> parameters;
  std::optional<int64_t> tokens_per_step;
  std::optional<int64_t> total_steps;
  std::vector<MemoryComponent> memory;
  std::optional<double> flops_per_token;
  std::optional<double> flops_per_second;
  std::optional<double> seconds;
};

// The verdict on a config.
struct CheckResult {
  std::string type;
  std::string name;
  std::string resolved;  // YAML with every field set; "" if refused
  std::vector<ConfigError> errors;
  std::vector<ConfigError> warnings;
  std::optional<Forecast> forecast;  // absent if refused
  std::vector<Difference> changes;   // of a changed job: what differs from before, as YAML
};

// A config that changes while its job goes on: the last `new_overrides` of the text's overrides are
// the change.
struct ChangeText {
  ConfigText text;
  size_t new_overrides = 0;
  int64_t step = 0;  // where the job is
};

// One row of the table of job types.
struct JobType {
  JobInfo info;
  nlohmann::json schema;
  // Validates and forecasts. With `measure` this machine's speed is timed (about 0.1 s, once).
  std::function<CheckResult(const ConfigText& text, bool measure)> check;
  // Validates a change: beside the config itself, that only `live` fields differ, and that the run
  // does not end before where it is.
  std::function<CheckResult(const ChangeText& change)> check_change;
  // Runs a resolved config.
  std::function<absl::StatusOr<Outcome>(const std::string& resolved, JobContext& context)> run;
};

// The table of job types, in the order that people see. The only list.
const std::vector<JobType>& JobTypes();

// The row of that name; null if there is none.
const JobType* FindJobType(std::string_view name);

// Finds the type in the text and checks it; an unknown type is an error with the nearest name.
CheckResult CheckConfig(const ConfigText& text, bool measure);

// The same for a change of a job. No change at all is no error: `changes` is empty.
CheckResult CheckChange(const ChangeText& change);

// A CheckResult as the frame that answers `check` (docs/formats/worker_frame.md).
nlohmann::json ToJson(const CheckResult& result);

// What this installation can do, as in the worker's first frame (docs/formats/worker_frame.md).
nlohmann::json DescribeInstallation();

// The machine's measured rate in operations a second; timed once per process and precision.
double MeasuredFlopsPerSecond(Precision precision);

}  // namespace lab
