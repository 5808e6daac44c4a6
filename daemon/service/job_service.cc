#include "daemon/service/job_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/places.h"
#include "core/base/strings.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/service/job_creation.h"
#include "daemon/service/log_stream.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"
#include "daemon/service/watch_stream.h"
#include "daemon/storage/storage_guard.h"

namespace lab {
namespace {

constexpr int kMaxPage = 1000;
constexpr size_t kMaxPageBytes = 3 << 20;  // gRPC clients take 4 MiB by default

absl::Status CheckListRequest(const v1::ListJobsRequest& request) {
  if (request.page_size() < 0) {
    return absl::InvalidArgumentError(
        Absl(StrCat("page_size must not be negative, is ", request.page_size())));
  }
  for (int state : request.states()) {
    if (!v1::Job::State_IsValid(state) || state == v1::Job::STATE_UNSPECIFIED) {
      return absl::InvalidArgumentError(Absl(StrCat("states: there is no state ", state)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status JobService::CreateJob(grpc::ServerContext* context,
                                   const v1::CreateJobRequest* request,
                                   v1::CreateJobResponse* response) {
  if (!request->has_config()) {
    return ToGrpc(absl::InvalidArgumentError("config is missing"), *context);
  }
  if (absl::Status sound = CheckName(request->name()); !sound.ok()) {
    return ToGrpc(sound, *context);
  }
  auto dependencies = DependenciesOf(request->after(), request->after_any());
  if (!dependencies.ok()) return ToGrpc(dependencies.status(), *context);
  PlanOptions options;
  options.name = request->name();
  options.hold = request->hold();
  options.priority = request->priority();
  options.dependencies = *std::move(dependencies);
  return CreateJobs(lab_, *context, request->config(), options, request->request_id(), response);
}

grpc::Status JobService::CheckJob(grpc::ServerContext* context, const v1::CheckJobRequest* request,
                                  v1::CheckReport* response) {
  if (!request->has_config()) {
    return ToGrpc(absl::InvalidArgumentError("config is missing"), *context);
  }
  PlanOptions options;
  options.measure = true;
  auto plan = PlanJobs(request->config(), options, PlanToolsOf(lab_, *context));
  if (!plan.ok()) return ToGrpc(plan.status(), *context);
  *response = std::move(plan->report);
  if (absl::Status fits = lab_.storage->CheckNeed(plan->disk_bytes); !fits.ok()) {
    v1::FieldError& error = *response->add_errors();
    error.set_message(std::string(MessageOf(fits)));
    error.set_reason(ReasonOf(fits));
  }
  return grpc::Status::OK;
}

grpc::Status JobService::GetJob(grpc::ServerContext* context, const v1::GetJobRequest* request,
                                v1::Job* response) {
  const int64_t id = request->job_id();
  if (absl::Status sound = CheckJobId(id); !sound.ok()) return ToGrpc(sound, *context);
  auto job = lab_.store->GetJob(id);
  if (!job.ok()) return ToGrpc(AboutJob(job.status(), id), *context);
  *response = *std::move(job);
  return grpc::Status::OK;
}

grpc::Status JobService::ListJobs(grpc::ServerContext* context, const v1::ListJobsRequest* request,
                                  v1::ListJobsResponse* response) {
  if (absl::Status sound = CheckListRequest(*request); !sound.ok()) return ToGrpc(sound, *context);
  JobFilter filter;
  for (int state : request->states()) filter.states.push_back(static_cast<v1::Job::State>(state));
  filter.group = request->group();
  filter.tags.assign(request->tags().begin(), request->tags().end());
  filter.page_token = request->page_token();
  filter.page_size =
      request->page_size() == 0 ? kMaxPage : std::min(request->page_size(), kMaxPage);
  while (true) {
    auto page = lab_.store->ListJobs(filter);
    if (!page.ok()) return ToGrpc(page.status(), *context);
    response->Clear();
    for (v1::Job& job : page->jobs) *response->add_jobs() = std::move(job);
    response->set_next_page_token(page->next_page_token);
    // Jobs with very many metrics: a shorter page.
    if (response->ByteSizeLong() <= kMaxPageBytes || filter.page_size == 1) break;
    filter.page_size = (filter.page_size + 1) / 2;
  }
  response->set_paused_reason(lab_.scheduler->trouble());
  return grpc::Status::OK;
}

grpc::Status JobService::GetJobConfig(grpc::ServerContext* context,
                                      const v1::GetJobRequest* request, v1::JobConfig* response) {
  const int64_t id = request->job_id();
  if (absl::Status sound = CheckJobId(id); !sound.ok()) return ToGrpc(sound, *context);
  auto texts = lab_.store->GetJobTexts(id);
  if (!texts.ok()) return ToGrpc(AboutJob(texts.status(), id), *context);
  *response->mutable_submitted() = std::move(texts->submitted);
  response->set_resolved(std::move(texts->resolved));
  response->set_current(std::move(texts->current));
  auto changes = lab_.store->ListChanges(id);
  if (!changes.ok()) return ToGrpc(changes.status(), *context);
  response->mutable_changes()->Add(changes->begin(), changes->end());
  return grpc::Status::OK;
}

grpc::Status JobService::Verb(grpc::ServerContext& context, const v1::JobRequest& request,
                              SchedulerVerb verb, v1::Job* response) {
  const int64_t id = request.job_id();
  if (absl::Status sound = CheckJobId(id); !sound.ok()) return ToGrpc(sound, context);
  auto job = (lab_.scheduler->*verb)(id);
  if (!job.ok()) return ToGrpc(AboutJob(job.status(), id), context);
  *response = *std::move(job);
  return grpc::Status::OK;
}

grpc::Status JobService::PauseJob(grpc::ServerContext* context, const v1::JobRequest* request,
                                  v1::Job* response) {
  return Verb(*context, *request, &Scheduler::Pause, response);
}

grpc::Status JobService::ResumeJob(grpc::ServerContext* context, const v1::JobRequest* request,
                                   v1::Job* response) {
  return Verb(*context, *request, &Scheduler::Resume, response);
}

grpc::Status JobService::CancelJob(grpc::ServerContext* context, const v1::JobRequest* request,
                                   v1::Job* response) {
  return Verb(*context, *request, &Scheduler::Cancel, response);
}

grpc::Status JobService::HoldJob(grpc::ServerContext* context, const v1::JobRequest* request,
                                 v1::Job* response) {
  return Verb(*context, *request, &Scheduler::Hold, response);
}

grpc::Status JobService::ReleaseJob(grpc::ServerContext* context, const v1::JobRequest* request,
                                    v1::Job* response) {
  return Verb(*context, *request, &Scheduler::Release, response);
}

grpc::Status JobService::CheckpointJob(grpc::ServerContext* context, const v1::JobRequest* request,
                                       v1::Job* response) {
  return Verb(*context, *request, &Scheduler::Checkpoint, response);
}

grpc::Status JobService::RemoveJob(grpc::ServerContext* context, const v1::JobRequest* request,
                                   v1::RemoveJobResponse* response) {
  const int64_t id = request->job_id();
  if (absl::Status sound = CheckJobId(id); !sound.ok()) return ToGrpc(sound, *context);
  auto freed = lab_.scheduler->Remove(id);
  if (!freed.ok()) return ToGrpc(AboutJob(freed.status(), id), *context);
  response->set_freed_bytes(*freed);
  return grpc::Status::OK;
}

grpc::Status JobService::WatchJob(grpc::ServerContext* context, const v1::WatchJobRequest* request,
                                  grpc::ServerWriter<v1::WatchEvent>* writer) {
  if (absl::Status sound = CheckWatchRequest(*request); !sound.ok()) {
    return ToGrpc(sound, *context);
  }
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  absl::Status end =
      RunWatch(*lab_.store, *lab_.events, *request, **call,
               [&](const v1::WatchEvent& message) { return writer->Write(message); });
  return ToGrpc(end, *context);
}

grpc::Status JobService::ReadLog(grpc::ServerContext* context, const v1::ReadLogRequest* request,
                                 grpc::ServerWriter<v1::LogChunk>* writer) {
  if (absl::Status sound = CheckJobId(request->job_id()); !sound.ok()) {
    return ToGrpc(sound, *context);
  }
  if (absl::Status sound = CheckLogRequest(*request); !sound.ok()) return ToGrpc(sound, *context);
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  const int64_t id = request->job_id();
  // Asked before reading: what a job at rest wrote is then in the file.
  auto grows = [&]() -> absl::StatusOr<bool> {
    auto record = lab_.store->GetJobRecord(id);
    if (!record.ok()) return AboutJob(record.status(), id);
    return request->follow() && !IsAtRest(record->job.state());
  };
  return ToGrpc(StreamLog(lab_.places->job(id) / "log", *request, grows, **call, *writer),
                *context);
}

grpc::Status JobService::ListSamples(grpc::ServerContext* context,
                                     const v1::ListSamplesRequest* request,
                                     v1::ListSamplesResponse* response) {
  const int64_t id = request->job_id();
  if (absl::Status sound = CheckJobId(id); !sound.ok()) return ToGrpc(sound, *context);
  auto record = lab_.store->GetJobRecord(id);
  if (!record.ok()) return ToGrpc(AboutJob(record.status(), id), *context);
  auto samples = lab_.store->ListSamples(id);
  if (!samples.ok()) return ToGrpc(AboutJob(samples.status(), id), *context);
  for (v1::Sample& sample : *samples) *response->add_samples() = std::move(sample);
  return grpc::Status::OK;
}

}  // namespace lab
