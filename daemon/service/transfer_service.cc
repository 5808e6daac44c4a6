#include "daemon/service/transfer_service.h"

#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/clock.h"
#include "core/base/strings.h"
#include "daemon/service/machine.h"
#include "daemon/service/requests.h"
#include "daemon/service/status_map.h"
#include "daemon/storage/storage_guard.h"
#include "daemon/store/store.h"
#include "daemon/transfer/export.h"
#include "daemon/transfer/import.h"

namespace lab {
namespace {

constexpr size_t kChunkBytes = 1 << 20;
constexpr int kMaxJobs = 10'000;

std::string HostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "an unknown host";
  return name.data();
}

}  // namespace

absl::Status TransferService::Export(const v1::ExportJobsRequest& request, OpenCalls::Call& call,
                                     grpc::ServerWriter<v1::ArchiveChunk>& writer) {
  ExportPlan plan;
  plan.jobs.assign(request.job_ids().begin(), request.job_ids().end());
  plan.group = request.group();
  plan.checkpoints = request.checkpoints();
  plan.lab_version = lab_.version;
  plan.host = HostName();
  plan.now_ms = lab_.clock->UnixMillis();
  if (plan.jobs.empty() || request.job_ids_size() > kMaxJobs) {
    return absl::InvalidArgumentError(Absl(StrCat("job_ids: 1 to ", kMaxJobs, " are needed")));
  }
  for (int64_t id : plan.jobs) RETURN_IF_ERROR(CheckJobId(id));
  v1::ArchiveChunk chunk;
  auto send = [&]() -> absl::Status {
    if (call.Ending() || !writer.Write(chunk)) return call.EndStatus();
    chunk.clear_data();
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(lab::ExportJobs(
      *lab_.store, *lab_.places, plan, [&](std::string_view bytes, int64_t expected) {
        chunk.set_expected_bytes(expected);
        while (!bytes.empty()) {
          std::string_view piece = bytes.substr(0, kChunkBytes - chunk.data().size());
          chunk.mutable_data()->append(piece);
          bytes.remove_prefix(piece.size());
          if (chunk.data().size() < kChunkBytes) continue;
          if (absl::Status sent = send(); !sent.ok()) return sent;
        }
        return absl::OkStatus();
      }));
  return chunk.data().empty() ? absl::OkStatus() : send();
}

grpc::Status TransferService::ExportJobs(grpc::ServerContext* context,
                                         const v1::ExportJobsRequest* request,
                                         grpc::ServerWriter<v1::ArchiveChunk>* writer) {
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  return ToGrpc(Export(*request, **call, *writer), *context);
}

absl::StatusOr<v1::ImportJobsResponse> TransferService::Import(
    OpenCalls::Call& call, grpc::ServerReader<v1::ArchiveChunk>& reader) {
  JobImport import(lab_.store, *lab_.places,
                   {lab_.clock->UnixMillis(), lab_.storage->min_free_bytes(),
                    [](const auto& at) { return DiskFreeBytes(at); }});
  v1::ArchiveChunk chunk;
  while (reader.Read(&chunk)) {
    if (call.Ending()) return call.EndStatus();
    RETURN_IF_ERROR(import.Append(chunk.data()));
  }
  // A client that went away ends the stream, too.
  if (call.Ending()) return call.EndStatus();
  return import.Finish();
}

grpc::Status TransferService::ImportJobs(grpc::ServerContext* context,
                                         grpc::ServerReader<v1::ArchiveChunk>* reader,
                                         v1::ImportJobsResponse* response) {
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  auto imported = Import(**call, *reader);
  if (!imported.ok()) return ToGrpc(imported.status(), *context);
  for (const auto& job : imported->jobs()) {
    spdlog::info("job {} was imported: job {} of {}", job.job_id(), job.source_job_id(),
                 imported->host());
  }
  *response = *std::move(imported);
  return grpc::Status::OK;
}

}  // namespace lab
