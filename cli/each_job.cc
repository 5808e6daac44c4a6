#include "cli/each_job.h"

#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {

absl::StatusOr<int> ForEachJob(Context& context, const std::vector<std::string>& names,
                               const JobCall& call, const JobLine& line) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  Json jobs = Json::array();
  absl::Status first_failure;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(*client, name));
    for (int64_t id : ids) {
      absl::StatusOr<v1::Job> job = call(*client, id);
      if (!job.ok()) {
        if (!first_failure.ok()) context.Say(MessageOf(job.status()));
        first_failure.Update(job.status());
        continue;
      }
      jobs.push_back(JobJson(*job));
      if (!context.json()) context.Print(StrCat(line(*job), "\n"));
    }
  }
  if (context.json() && (first_failure.ok() || !jobs.empty())) {
    Json document = Document();
    document["jobs"] = jobs;
    context.PrintJson(document);
  }
  RETURN_IF_ERROR(first_failure);
  return kOk;
}

}  // namespace lab::cli
