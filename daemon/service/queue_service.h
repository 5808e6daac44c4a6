#pragma once

// QueueService: names, notes and order, copies, comparisons of configs. Checks the request, reads
// the store, and posts what changes anything to the scheduler. gRPC's threads.

#include "daemon/service/services.h"
#include "lab/v1/queue.grpc.pb.h"

namespace lab {

class QueueService final : public v1::QueueService::Service {
 public:
  // Outlives it.
  explicit QueueService(const ServiceContext* lab) : lab_(*lab) {}

  grpc::Status UpdateJob(grpc::ServerContext* context, const v1::UpdateJobRequest* request,
                         v1::Job* response) override;
  grpc::Status MoveJobs(grpc::ServerContext* context, const v1::MoveJobsRequest* request,
                        v1::MoveJobsResponse* response) override;
  grpc::Status DuplicateJob(grpc::ServerContext* context, const v1::DuplicateJobRequest* request,
                            v1::CreateJobResponse* response) override;
  grpc::Status CompareConfigs(grpc::ServerContext* context,
                              const v1::CompareConfigsRequest* request,
                              v1::CompareConfigsResponse* response) override;

 private:
  const ServiceContext& lab_;
};

}  // namespace lab
