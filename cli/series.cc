#include "cli/series.h"

namespace lab::cli {

absl::StatusOr<RunData> FindRun(const LabClient& client, const std::string& name) {
  RunData run;
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(client, name));
  if (IsJobId(name)) {
    ASSIGN_OR_RETURN(run.job, client.GetJob(ids.front()));
  } else {
    ASSIGN_OR_RETURN(run.group, client.GetGroup(name));
  }
  return run;
}

absl::Status ReadRun(Context& context, const LabClient& client, const SeriesQuestion& question,
                     RunData* run) {
  Cancellation cancellation;
  Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
  return lab::ReadRun(client, question, &cancellation, run);
}

}  // namespace lab::cli
