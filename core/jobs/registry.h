#pragma once

// Builds the row of a job type from its struct (see job.h). Used by registry.cc alone.

#include <utility>

#include "core/jobs/job.h"

namespace lab {

// Adds an error for each of `result`'s changes that the schema does not mark live, or that ends the
// run at or before `step`. A refused result has neither config nor forecast.
void RefuseWhatCannotChange(const nlohmann::json& schema, int64_t step, CheckResult* result);

template <class Job>
CheckResult CheckAs(const ConfigText& text, bool measure) {
  CheckResult result;
  auto header = ParseHeader(text);
  auto parsed = ParseConfig<typename Job::Config>(text);
  result.type = header.config.type;
  result.name = header.config.name;
  result.errors = std::move(header.errors);
  AddErrors(parsed.errors, &result.errors);
  result.warnings = std::move(parsed.warnings);
  if (!result.errors.empty()) return result;
  Resolution resolution = Job::Resolve(parsed.config);
  result.errors = std::move(resolution.errors);
  result.warnings.insert(result.warnings.end(), resolution.warnings.begin(),
                         resolution.warnings.end());
  if (!result.errors.empty()) return result;
  result.resolved = "type: " + Job::Info().name + "\n" + WriteYaml(parsed.config);
  result.forecast = Job::Cost(parsed.config, measure);
  return result;
}

template <class Job>
CheckResult CheckChangeAs(const ChangeText& change) {
  ConfigText before = change.text;
  before.overrides.resize(before.overrides.size() - change.new_overrides);
  CheckResult was = CheckAs<Job>(before, false);
  CheckResult result = CheckAs<Job>(change.text, false);
  if (!was.errors.empty() || !result.errors.empty()) return result;
  using Config = typename Job::Config;
  result.changes = Diff(ParseConfig<Config>({.text = was.resolved}).config,
                        ParseConfig<Config>({.text = result.resolved}).config);
  RefuseWhatCannotChange(SchemaOf<Config>(), change.step, &result);
  return result;
}

template <class Job>
absl::StatusOr<Outcome> RunAs(const std::string& resolved, JobContext& context) {
  auto parsed = ParseConfig<typename Job::Config>({.text = resolved, .file = "config.yaml"});
  if (!parsed.ok()) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                   ToString(parsed.errors.front()));
  }
  return Job::Run(parsed.config, context);
}

template <class Job>
JobType Row() {
  return {Job::Info(), SchemaOf<typename Job::Config>(), &CheckAs<Job>, &CheckChangeAs<Job>,
          &RunAs<Job>};
}

}  // namespace lab
