#include "daemon/service/job_creation.h"

#include <algorithm>
#include <utility>

#include "core/base/strings.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/service/reference.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"
#include "daemon/storage/storage_guard.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {
namespace {

constexpr size_t kMaxNameBytes = 200;

}  // namespace

PlanTools PlanToolsOf(const ServiceContext& lab, const grpc::ServerContext& context) {
  PlanTools tools;
  tools.check = [&](nlohmann::json request) -> absl::StatusOr<nlohmann::json> {
    // A grid has many members; nobody may be waiting any more.
    if (context.IsCancelled()) return absl::CancelledError("the client ended the call");
    return lab.supervisor->Check(std::move(request));
  };
  tools.resolve = [&](std::string_view reference) {
    return ResolveReference(*lab.store, *lab.places, reference);
  };
  return tools;
}

absl::Status CheckName(std::string_view name) {
  if (name.size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(
        Absl(StrCat("name: at most ", kMaxNameBytes, " bytes, has ", name.size())));
  }
  auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (std::any_of(name.begin(), name.end(), is_control)) {
    return absl::InvalidArgumentError("name: must not hold control characters");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<NewDependency>> DependenciesOf(const JobIds& after,
                                                          const JobIds& after_any) {
  std::vector<NewDependency> dependencies;
  for (int64_t id : after) dependencies.push_back({id, false});
  for (int64_t id : after_any) dependencies.push_back({id, true});
  for (const NewDependency& one : dependencies) RETURN_IF_ERROR(CheckJobId(one.job));
  return dependencies;
}

grpc::Status CreateJobs(const ServiceContext& lab, grpc::ServerContext& context,
                        const v1::ConfigText& config, const PlanOptions& options,
                        const std::string& request_id, v1::CreateJobResponse* response) {
  auto plan = PlanJobs(config, options, PlanToolsOf(lab, context));
  if (!plan.ok()) return ToGrpc(plan.status(), context);
  if (!plan->report.errors().empty()) return RefusedConfig(plan->report, context);
  if (absl::Status fits = lab.storage->CheckNeed(plan->disk_bytes); !fits.ok()) {
    return ToGrpc(fits, context);
  }
  auto created = lab.scheduler->Create(std::move(plan->jobs), plan->group, request_id);
  if (!created.ok()) return ToGrpc(created.status(), context);
  response->mutable_job_ids()->Add(created->ids.begin(), created->ids.end());
  response->set_group(created->group);
  *response->mutable_warnings() = plan->report.warnings();
  return grpc::Status::OK;
}

}  // namespace lab
