#pragma once

// TransferService: jobs as files, out of this home and into it. gRPC's threads.

#include "daemon/service/open_calls.h"
#include "daemon/service/services.h"
#include "lab/v1/transfer.grpc.pb.h"

namespace lab {

class TransferService final : public v1::TransferService::Service {
 public:
  // Both outlive it.
  TransferService(const ServiceContext* lab, OpenCalls* calls) : lab_(*lab), calls_(*calls) {}

  grpc::Status ExportJobs(grpc::ServerContext* context, const v1::ExportJobsRequest* request,
                          grpc::ServerWriter<v1::ArchiveChunk>* writer) override;
  grpc::Status ImportJobs(grpc::ServerContext* context,
                          grpc::ServerReader<v1::ArchiveChunk>* reader,
                          v1::ImportJobsResponse* response) override;

 private:
  absl::Status Export(const v1::ExportJobsRequest& request, OpenCalls::Call& call,
                      grpc::ServerWriter<v1::ArchiveChunk>& writer);
  absl::StatusOr<v1::ImportJobsResponse> Import(OpenCalls::Call& call,
                                                grpc::ServerReader<v1::ArchiveChunk>& reader);

  const ServiceContext& lab_;
  OpenCalls& calls_;
};

}  // namespace lab
