#pragma once

// From a request for new jobs to its answer: plan, check, queue. What JobService and QueueService
// share. gRPC's threads.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/repeated_field.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "core/base/status.h"
#include "daemon/service/job_plan.h"
#include "daemon/service/services.h"
#include "lab/v1/job_service.pb.h"

namespace lab {

using JobIds = google::protobuf::RepeatedField<int64_t>;

// Planning with this labd's workers and checkpoints, until the client ends the call. Both must
// outlive it.
PlanTools PlanToolsOf(const ServiceContext& lab, const grpc::ServerContext& context);

// INVALID_ARGUMENT for a name that cannot be shown on one line.
absl::Status CheckName(std::string_view name);

// INVALID_ARGUMENT for an id that no job can have.
absl::StatusOr<std::vector<NewDependency>> DependenciesOf(const JobIds& after,
                                                          const JobIds& after_any);

// Plans and queues; fills `response`, or says why not, with the field errors of a refused config.
grpc::Status CreateJobs(const ServiceContext& lab, grpc::ServerContext& context,
                        const v1::ConfigText& config, const PlanOptions& options,
                        const std::string& request_id, v1::CreateJobResponse* response);

}  // namespace lab
