#include "daemon/service/queue_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/strings.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/service/config_compare.h"
#include "daemon/service/duplicate.h"
#include "daemon/service/job_creation.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"
#include "daemon/store/store.h"

namespace lab {
namespace {

constexpr size_t kMaxNoteBytes = 10'000;
constexpr size_t kMaxTagBytes = 100;
constexpr int kMaxTags = 100;
constexpr int kMaxCompared = 100;

absl::Status CheckTag(const std::string& tag) {
  auto is_blank_or_control = [](unsigned char c) { return c <= 0x20 || c == 0x7F; };
  if (tag.empty() || tag.size() > kMaxTagBytes ||
      std::any_of(tag.begin(), tag.end(), is_blank_or_control)) {
    return absl::InvalidArgumentError(Absl(StrCat("\"", tag.substr(0, kMaxTagBytes),
                                                  "\" cannot be a tag: a tag is one word of 1 to ",
                                                  kMaxTagBytes, " bytes, without blanks")));
  }
  return absl::OkStatus();
}

absl::Status CheckUpdate(const v1::UpdateJobRequest& request) {
  RETURN_IF_ERROR(CheckJobId(request.job_id()));
  if (request.has_name() && request.name().empty()) {
    return absl::InvalidArgumentError("name: must not be empty");
  }
  RETURN_IF_ERROR(CheckName(request.name()));
  if (request.note().size() > kMaxNoteBytes) {
    return absl::InvalidArgumentError(
        Absl(StrCat("note: at most ", kMaxNoteBytes, " bytes, has ", request.note().size())));
  }
  if (request.add_tags_size() + request.remove_tags_size() > kMaxTags) {
    return absl::InvalidArgumentError(Absl(StrCat("at most ", kMaxTags, " tags at once")));
  }
  for (const std::string& tag : request.add_tags()) RETURN_IF_ERROR(CheckTag(tag));
  return absl::OkStatus();
}

absl::StatusOr<QueuePlace> PlaceOf(const v1::MoveJobsRequest& request) {
  for (int64_t id : request.job_ids()) RETURN_IF_ERROR(CheckJobId(id));
  switch (request.place()) {
    case v1::MoveJobsRequest::TOP:
      return QueuePlace::kTop;
    case v1::MoveJobsRequest::BOTTOM:
      return QueuePlace::kBottom;
    case v1::MoveJobsRequest::BEFORE:
      RETURN_IF_ERROR(CheckJobId(request.before_job_id()));
      return QueuePlace::kBefore;
    default:
      return absl::InvalidArgumentError("place: must be the top, the bottom or before a job");
  }
}

absl::StatusOr<v1::CompareConfigsResponse> Compare(const Store& store,
                                                   const v1::CompareConfigsRequest& request) {
  if (request.job_ids_size() < 2 || request.job_ids_size() > kMaxCompared) {
    return absl::InvalidArgumentError(
        Absl(StrCat("2 to ", kMaxCompared, " jobs can be compared, not ", request.job_ids_size())));
  }
  std::vector<JobTexts> configs;
  for (int64_t id : request.job_ids()) {
    RETURN_IF_ERROR(CheckJobId(id));
    auto texts = store.GetJobTexts(id);
    if (!texts.ok()) return AboutJob(texts.status(), id);
    configs.push_back(*std::move(texts));
  }
  return CompareConfigs(configs);
}

}  // namespace

grpc::Status QueueService::UpdateJob(grpc::ServerContext* context,
                                     const v1::UpdateJobRequest* request, v1::Job* response) {
  if (absl::Status sound = CheckUpdate(*request); !sound.ok()) return ToGrpc(sound, *context);
  JobEdit edit;
  if (request->has_name()) edit.name = request->name();
  if (request->has_priority()) edit.priority = request->priority();
  if (request->has_note()) edit.note = request->note();
  edit.add_tags.assign(request->add_tags().begin(), request->add_tags().end());
  edit.remove_tags.assign(request->remove_tags().begin(), request->remove_tags().end());
  auto job = lab_.scheduler->Edit(request->job_id(), std::move(edit));
  if (!job.ok()) return ToGrpc(AboutJob(job.status(), request->job_id()), *context);
  *response = *std::move(job);
  return grpc::Status::OK;
}

grpc::Status QueueService::MoveJobs(grpc::ServerContext* context,
                                    const v1::MoveJobsRequest* request,
                                    v1::MoveJobsResponse* response) {
  auto place = PlaceOf(*request);
  if (!place.ok()) return ToGrpc(place.status(), *context);
  auto jobs = lab_.scheduler->Arrange({request->job_ids().begin(), request->job_ids().end()},
                                      *place, request->before_job_id());
  if (!jobs.ok()) return ToGrpc(jobs.status(), *context);
  for (v1::Job& job : *jobs) *response->add_jobs() = std::move(job);
  return grpc::Status::OK;
}

grpc::Status QueueService::DuplicateJob(grpc::ServerContext* context,
                                        const v1::DuplicateJobRequest* request,
                                        v1::CreateJobResponse* response) {
  const int64_t id = request->job_id();
  absl::Status sound = CheckJobId(id);
  if (sound.ok()) sound = CheckName(request->name());
  if (!sound.ok()) return ToGrpc(sound, *context);
  auto dependencies = DependenciesOf(request->after(), request->after_any());
  if (!dependencies.ok()) return ToGrpc(dependencies.status(), *context);
  auto record = lab_.store->GetJobRecord(id);
  if (!record.ok()) return ToGrpc(AboutJob(record.status(), id), *context);
  auto texts = lab_.store->GetJobTexts(id);
  if (!texts.ok()) return ToGrpc(AboutJob(texts.status(), id), *context);
  auto copy = MakeDuplicate(*texts, {request->overrides().begin(), request->overrides().end()},
                            request->override_base());
  if (!copy.ok()) return ToGrpc(copy.status(), *context);
  PlanOptions options;
  options.name = request->name().empty() ? record->job.name() : request->name();
  options.hold = request->hold();
  options.priority = request->priority();
  options.alone = copy->alone;
  options.dependencies = *std::move(dependencies);
  return CreateJobs(lab_, *context, copy->config, options, request->request_id(), response);
}

grpc::Status QueueService::CompareConfigs(grpc::ServerContext* context,
                                          const v1::CompareConfigsRequest* request,
                                          v1::CompareConfigsResponse* response) {
  auto compared = Compare(*lab_.store, *request);
  if (!compared.ok()) return ToGrpc(compared.status(), *context);
  *response = *std::move(compared);
  return grpc::Status::OK;
}

}  // namespace lab
