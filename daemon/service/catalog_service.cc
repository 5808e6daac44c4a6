#include "daemon/service/catalog_service.h"

#include "core/base/strings.h"
#include "daemon/catalog/catalog.h"
#include "daemon/service/status_map.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {

absl::Status WithTrouble(const absl::Status& status, const ServiceContext& lab) {
  if (!absl::IsUnavailable(status) || lab.supervisor == nullptr) return status;
  std::string trouble = lab.supervisor->Trouble();
  if (trouble.empty()) return status;
  return Failure(status.code(), ReasonOf(status), StrCat(MessageOf(status), ": ", trouble));
}

grpc::Status CatalogService::GetCatalog(grpc::ServerContext* context,
                                        const v1::GetCatalogRequest* /*request*/,
                                        v1::Catalog* response) {
  auto catalog = lab_.catalog->Get();
  if (!catalog.ok()) return ToGrpc(WithTrouble(catalog.status(), lab_), *context);
  *response = *std::move(catalog);
  return grpc::Status::OK;
}

}  // namespace lab
