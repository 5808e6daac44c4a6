#pragma once

// CatalogService: what the installation's worker said of itself. gRPC's threads.

#include "core/base/status.h"
#include "daemon/service/services.h"
#include "lab/v1/catalog.grpc.pb.h"

namespace lab {

class CatalogService final : public v1::CatalogService::Service {
 public:
  explicit CatalogService(const ServiceContext* lab) : lab_(*lab) {}
  grpc::Status GetCatalog(grpc::ServerContext* context, const v1::GetCatalogRequest* request,
                          v1::Catalog* response) override;

 private:
  const ServiceContext& lab_;
};

// While no worker has spoken, why that is says more than that it is so.
absl::Status WithTrouble(const absl::Status& status, const ServiceContext& lab);

}  // namespace lab
