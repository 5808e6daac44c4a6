#include "daemon/service/storage_service.h"

#include <spdlog/spdlog.h>

#include "core/base/clock.h"
#include "core/base/strings.h"
#include "daemon/service/status_map.h"
#include "daemon/storage/diagnose.h"
#include "daemon/storage/storage_guard.h"
#include "daemon/storage/usage.h"

namespace lab {

grpc::Status StorageService::GetStorage(grpc::ServerContext* context,
                                        const v1::GetStorageRequest* /*request*/,
                                        v1::Storage* response) {
  auto storage = MeasureStorage(*lab_.store, *lab_.places);
  if (!storage.ok()) return ToGrpc(storage.status(), *context);
  *response = *std::move(storage);
  response->set_min_free_bytes(lab_.storage->min_free_bytes());
  response->set_max_bytes(lab_.storage->max_bytes());
  response->set_trouble(lab_.storage->Trouble());
  return grpc::Status::OK;
}

grpc::Status StorageService::PruneStorage(grpc::ServerContext* context,
                                          const v1::PruneStorageRequest* request,
                                          v1::PruneStorageResponse* response) {
  std::lock_guard lock(pruning_);
  auto plan = PlanPrune(*lab_.store, *lab_.places, *request, lab_.clock->UnixMillis());
  if (!plan.ok()) return ToGrpc(plan.status(), *context);
  if (!request->dry_run()) {
    *response = ExecutePrune(lab_.store, *plan);
    spdlog::info("pruned {} things, {}", response->items_size(),
                 FormatBytes(response->freed_bytes()));
    return grpc::Status::OK;
  }
  response->mutable_notes()->Add(plan->notes.begin(), plan->notes.end());
  for (const Prunable& one : plan->items) {
    *response->add_items() = one.item;
    response->set_freed_bytes(response->freed_bytes() + one.item.size_bytes());
  }
  return grpc::Status::OK;
}

grpc::Status StorageService::Diagnose(grpc::ServerContext* /*context*/,
                                      const v1::DiagnoseRequest* request,
                                      v1::DiagnoseResponse* response) {
  *response = lab::Diagnose(*lab_.places, request->deep(), lab_.clock->UnixMillis());
  std::string trouble = lab_.storage->Trouble();
  v1::Finding& finding = *response->add_findings();
  finding.set_check("disk_budget");
  finding.set_verdict(trouble.empty() ? kFine : kWarning);
  finding.set_message(trouble.empty() ? "within its limits" : trouble);
  if (!trouble.empty()) finding.set_advice("labctl storage prune, or raise the limit");
  return grpc::Status::OK;
}

}  // namespace lab
