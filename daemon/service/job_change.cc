// JobService.SetJob: a change of a job's settings, from its words to its row.

#include <utility>
#include <vector>

#include "core/base/strings.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/service/check_answer.h"
#include "daemon/service/job_service.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {
namespace {

constexpr int kTries = 5;  // against others who change the same job

// What the worker says of the new values; the config they are put on is the one in force.
absl::StatusOr<CheckAnswer> CheckChange(const ServiceContext& lab, const v1::Job& job,
                                        const v1::SetJobRequest& request) {
  ASSIGN_OR_RETURN(JobTexts texts, lab.store->GetJobTexts(job.id()));
  v1::ConfigText text;
  text.set_text(texts.current);
  *text.mutable_overrides() = request.overrides();
  RETURN_IF_ERROR(CheckConfigText(text));
  nlohmann::json frame = CheckRequest(text, false);
  frame["live"] = request.overrides_size();
  frame["step"] = job.progress().step();
  ASSIGN_OR_RETURN(nlohmann::json answer, lab.supervisor->Check(std::move(frame)));
  return ParseCheckAnswer(answer);
}

}  // namespace

grpc::Status JobService::SetJob(grpc::ServerContext* context, const v1::SetJobRequest* request,
                                v1::SetJobResponse* response) {
  const int64_t id = request->job_id();
  if (absl::Status sound = CheckJobId(id); !sound.ok()) return ToGrpc(sound, *context);
  if (request->overrides().empty()) {
    return ToGrpc(absl::InvalidArgumentError("nothing to change was given"), *context);
  }
  absl::StatusOr<v1::Job> after;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    auto job = lab_.store->GetJob(id);
    if (!job.ok()) return ToGrpc(AboutJob(job.status(), id), *context);
    if (absl::Status may = CheckVerb(Verb::kSet, job->state(), id); !may.ok()) {
      return ToGrpc(may, *context);
    }
    auto answer = CheckChange(lab_, *job, *request);
    if (!answer.ok()) return ToGrpc(answer.status(), *context);
    if (!answer->report.errors().empty()) return RefusedConfig(answer->report, *context);
    const int newest = job->changes_size();
    if (answer->changes.empty()) {
      *response->mutable_job() = *std::move(job);
      return grpc::Status::OK;
    }
    after = lab_.scheduler->Set(id, newest, answer->changes, answer->report.resolved());
    if (absl::IsAborted(after.status())) continue;
    if (!after.ok()) break;
    for (int i = newest; i < after->changes_size(); ++i) {
      *response->add_changes() = after->changes(i);
    }
    *response->mutable_job() = *std::move(after);
    return grpc::Status::OK;
  }
  return ToGrpc(AboutJob(after.status(), id), *context);
}

}  // namespace lab
