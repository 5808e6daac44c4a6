#pragma once

// StorageService: what the lab takes of the disk, what may go, whether all is sound. gRPC's
// threads.

#include <mutex>

#include "daemon/service/services.h"
#include "lab/v1/storage.grpc.pb.h"

namespace lab {

class StorageService final : public v1::StorageService::Service {
 public:
  // It outlives this.
  explicit StorageService(const ServiceContext* lab) : lab_(*lab) {}

  grpc::Status GetStorage(grpc::ServerContext* context, const v1::GetStorageRequest* request,
                          v1::Storage* response) override;
  grpc::Status PruneStorage(grpc::ServerContext* context, const v1::PruneStorageRequest* request,
                            v1::PruneStorageResponse* response) override;
  grpc::Status Diagnose(grpc::ServerContext* context, const v1::DiagnoseRequest* request,
                        v1::DiagnoseResponse* response) override;

 private:
  const ServiceContext& lab_;
  std::mutex pruning_;  // one at a time
};

}  // namespace lab
