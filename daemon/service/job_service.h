#pragma once

// JobService: the queue, one job's record and config, its log and samples, and the watch. Checks
// the request, reads the store, and posts what changes anything to the scheduler. gRPC's threads.

#include <string_view>

#include "daemon/service/open_calls.h"
#include "daemon/service/services.h"
#include "daemon/store/store.h"
#include "lab/v1/job_service.grpc.pb.h"

namespace lab {

class JobService final : public v1::JobService::Service {
 public:
  // Both outlive it.
  JobService(const ServiceContext* lab, OpenCalls* calls) : lab_(*lab), calls_(*calls) {}

  grpc::Status CreateJob(grpc::ServerContext* context, const v1::CreateJobRequest* request,
                         v1::CreateJobResponse* response) override;
  grpc::Status CheckJob(grpc::ServerContext* context, const v1::CheckJobRequest* request,
                        v1::CheckReport* response) override;
  grpc::Status GetJob(grpc::ServerContext* context, const v1::GetJobRequest* request,
                      v1::Job* response) override;
  grpc::Status ListJobs(grpc::ServerContext* context, const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override;
  grpc::Status GetJobConfig(grpc::ServerContext* context, const v1::GetJobRequest* request,
                            v1::JobConfig* response) override;
  grpc::Status PauseJob(grpc::ServerContext* context, const v1::JobRequest* request,
                        v1::Job* response) override;
  grpc::Status ResumeJob(grpc::ServerContext* context, const v1::JobRequest* request,
                         v1::Job* response) override;
  grpc::Status CancelJob(grpc::ServerContext* context, const v1::JobRequest* request,
                         v1::Job* response) override;
  grpc::Status HoldJob(grpc::ServerContext* context, const v1::JobRequest* request,
                       v1::Job* response) override;
  grpc::Status ReleaseJob(grpc::ServerContext* context, const v1::JobRequest* request,
                          v1::Job* response) override;
  grpc::Status CheckpointJob(grpc::ServerContext* context, const v1::JobRequest* request,
                             v1::Job* response) override;
  grpc::Status RemoveJob(grpc::ServerContext* context, const v1::JobRequest* request,
                         v1::RemoveJobResponse* response) override;
  grpc::Status SetJob(grpc::ServerContext* context, const v1::SetJobRequest* request,
                      v1::SetJobResponse* response) override;
  grpc::Status WatchJob(grpc::ServerContext* context, const v1::WatchJobRequest* request,
                        grpc::ServerWriter<v1::WatchEvent>* writer) override;
  grpc::Status ReadLog(grpc::ServerContext* context, const v1::ReadLogRequest* request,
                       grpc::ServerWriter<v1::LogChunk>* writer) override;
  grpc::Status ListSamples(grpc::ServerContext* context, const v1::ListSamplesRequest* request,
                           v1::ListSamplesResponse* response) override;

 private:
  using SchedulerVerb = absl::StatusOr<v1::Job> (Scheduler::*)(int64_t job);
  grpc::Status Verb(grpc::ServerContext& context, const v1::JobRequest& request, SchedulerVerb verb,
                    v1::Job* response);

  const ServiceContext& lab_;
  OpenCalls& calls_;
};

}  // namespace lab
