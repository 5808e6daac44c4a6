#pragma once

// InspectService: opens models by reference in an inspect worker and streams what they write and
// what they hold inside.
// gRPC's threads.

#include "daemon/service/open_calls.h"
#include "daemon/service/services.h"
#include "lab/v1/inspect.grpc.pb.h"

namespace lab {

class InspectService final : public v1::InspectService::Service {
 public:
  // Both outlive it.
  InspectService(const ServiceContext* lab, OpenCalls* calls) : lab_(*lab), calls_(*calls) {}

  grpc::Status Open(grpc::ServerContext* context, const v1::OpenRequest* request,
                    v1::OpenResponse* response) override;
  grpc::Status Close(grpc::ServerContext* context, const v1::CloseRequest* request,
                     v1::CloseResponse* response) override;
  grpc::Status Generate(grpc::ServerContext* context, const v1::GenerateRequest* request,
                        grpc::ServerWriter<v1::GenerateEvent>* writer) override;
  grpc::Status Inspect(grpc::ServerContext* context, const v1::InspectRequest* request,
                       grpc::ServerWriter<v1::InspectEvent>* writer) override;

 private:
  const ServiceContext& lab_;
  OpenCalls& calls_;
};

// INVALID_ARGUMENT naming the field that is out of range. What depends on the model the worker
// says.
absl::Status CheckGenerateRequest(const v1::GenerateRequest& request);
absl::Status CheckInspectRequest(const v1::InspectRequest& request);

}  // namespace lab
