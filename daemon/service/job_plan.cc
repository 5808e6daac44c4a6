#include "daemon/service/job_plan.h"

#include <map>
#include <optional>
#include <utility>

#include "core/base/strings.h"
#include "core/config/config.h"
#include "daemon/service/check_answer.h"
#include "daemon/service/pinned_references.h"
#include "daemon/service/resolved_config.h"
#include "daemon/storage/forecast.h"

namespace lab {
namespace {

// Errors (or warnings) of all members, each different one once.
class Findings {
 public:
  void Add(const std::string& member, const v1::FieldError& error) {
    auto [place, added] = place_.try_emplace(error.SerializeAsString(), found_.size());
    if (added) found_.push_back({error, {}});
    found_[place->second].members.push_back(member);
  }
  // What all `member_count` share stands as it is, the rest names its members.
  void Give(size_t member_count, google::protobuf::RepeatedPtrField<v1::FieldError>* to) const {
    for (const Finding& finding : found_) {
      v1::FieldError& error = *to->Add();
      error = finding.error;
      if (finding.members.size() == member_count) continue;
      std::string head = StrCat("in member ", finding.members.front());
      if (size_t more = finding.members.size() - 1; more > 0)
        head += StrCat(" and ", more, " more");
      error.set_message(StrCat(head, ": ", error.message()));
    }
  }

 private:
  struct Finding {
    v1::FieldError error;
    std::vector<std::string> members;
  };
  std::map<std::string, size_t> place_;  // serialized error → index in found_
  std::vector<Finding> found_;
};

// The member's part of the plan: what to check and, if it is sound, what to queue.
absl::StatusOr<CheckAnswer> PlanMember(const v1::ConfigText& config, const PlanOptions& options,
                                       bool measure, const PlanTools& tools, NewJob& job) {
  job.submitted = config;
  ASSIGN_OR_RETURN(nlohmann::json header, tools.check(CheckRequest(config, measure)));
  ASSIGN_OR_RETURN(CheckAnswer answer, ParseCheckAnswer(header));
  if (!answer.report.errors().empty()) return answer;
  job.type = answer.report.type();
  job.resolved = answer.report.resolved();
  job.name = !options.name.empty() ? options.name : !answer.name.empty() ? answer.name : job.type;
  job.seed = ResolvedInteger(job.resolved, "seed").value_or(0);
  job.priority = options.priority;
  job.hold = options.hold;
  job.dependencies = options.dependencies;
  PinReferences(tools.resolve, job.dependencies, &job.resolved, &job.parent,
                [&](const char* field, const absl::Status& missing) {
                  v1::FieldError& error = *answer.report.add_errors();
                  error.set_field(field);
                  error.set_message(std::string(MessageOf(missing)));
                  error.set_reason(ReasonOf(missing));
                });
  if (auto disk = ForecastDiskBytes(answer.report.forecast(), job.resolved)) {
    answer.report.mutable_forecast()->set_disk_bytes(*disk);
  }
  answer.report.set_resolved(job.resolved);
  return answer;
}

// `base`'s twin with another seed, the value of the last override of `config`: nothing of what the
// worker said about `base` depends on it.
NewJob WithSeed(NewJob base, const v1::ConfigText& config) {
  const std::string& last = config.overrides(config.overrides_size() - 1);
  const std::string seed = last.substr(last.find('=') + 1);
  base.submitted = config;
  base.resolved = WithResolvedText(std::move(base.resolved), "seed", seed);
  base.seed = ResolvedInteger(base.resolved, "seed").value_or(0);
  return base;
}

// The plan of a config whose members cannot be listed. If only its sweep or seeds is wrong, the
// worker still says what else is.
absl::StatusOr<JobPlan> RefuseExpansion(const v1::ConfigText& config,
                                        const std::vector<ConfigError>& errors,
                                        const PlanTools& tools) {
  JobPlan plan;
  bool text_is_sound = true;
  for (const ConfigError& error : errors) {
    *plan.report.add_errors() = ToProto(error);
    text_is_sound &= error.field.starts_with("sweep") || error.field == "seeds";
  }
  if (!text_is_sound) return plan;
  ASSIGN_OR_RETURN(nlohmann::json header, tools.check(CheckRequest(config, false)));
  ASSIGN_OR_RETURN(CheckAnswer answer, ParseCheckAnswer(header));
  plan.report.mutable_errors()->MergeFrom(answer.report.errors());
  *plan.report.mutable_warnings() = answer.report.warnings();
  plan.report.set_type(answer.report.type());
  return plan;
}

}  // namespace

absl::StatusOr<JobPlan> PlanJobs(const v1::ConfigText& config, const PlanOptions& options,
                                 const PlanTools& tools) {
  RETURN_IF_ERROR(CheckConfigText(config));
  JobPlan plan;
  Expansion expansion;
  if (options.alone) {
    expansion.members.emplace_back();
  } else {
    expansion = ExpandMembers(FromProto(config));
  }
  if (!expansion.errors.empty()) return RefuseExpansion(config, expansion.errors, tools);
  Findings errors, warnings;
  CheckAnswer answer;  // about the member last checked
  for (const Member& member : expansion.members) {
    const bool first = plan.jobs.empty();
    const bool differs_in_seed = static_cast<int64_t>(plan.jobs.size()) % expansion.seeds != 0;
    v1::ConfigText text = config;
    for (const std::string& item : member.overrides) text.add_overrides(item);
    NewJob job;
    if (differs_in_seed) {
      job = WithSeed(plan.jobs.back(), text);
    } else {
      ASSIGN_OR_RETURN(answer, PlanMember(text, options, first && options.measure, tools, job));
    }
    job.member = member.label;
    plan.jobs.push_back(std::move(job));
    plan.disk_bytes += answer.report.forecast().disk_bytes();
    for (const auto& error : answer.report.errors()) errors.Add(member.label, error);
    for (const auto& warning : answer.report.warnings()) warnings.Add(member.label, warning);
    if (!first) continue;
    plan.report = answer.report;
    plan.report.clear_errors();
    plan.report.clear_warnings();
  }
  const size_t count = expansion.members.size();
  plan.report.set_member_count(static_cast<int64_t>(count));
  errors.Give(count, plan.report.mutable_errors());
  warnings.Give(count, plan.report.mutable_warnings());
  if (expansion.group) plan.group = plan.jobs.front().name;
  if (!plan.report.errors().empty()) {
    plan.jobs.clear();
    plan.report.clear_resolved();
    plan.report.clear_forecast();
  }
  return plan;
}

}  // namespace lab
