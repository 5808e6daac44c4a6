#pragma once

// CatalogService and CorpusService: what the installation's worker said of itself. gRPC's threads.

#include "daemon/service/services.h"
#include "lab/v1/catalog.grpc.pb.h"
#include "lab/v1/corpus.grpc.pb.h"

namespace lab {

class CatalogService final : public v1::CatalogService::Service {
 public:
  explicit CatalogService(const ServiceContext* lab) : lab_(*lab) {}
  grpc::Status GetCatalog(grpc::ServerContext* context, const v1::GetCatalogRequest* request,
                          v1::Catalog* response) override;

 private:
  const ServiceContext& lab_;
};

class CorpusService final : public v1::CorpusService::Service {
 public:
  explicit CorpusService(const ServiceContext* lab) : lab_(*lab) {}
  grpc::Status ListCorpora(grpc::ServerContext* context, const v1::ListCorporaRequest* request,
                           v1::ListCorporaResponse* response) override;

 private:
  const ServiceContext& lab_;
};

}  // namespace lab
