#pragma once

// ArtifactService: the files that jobs left. Only what a listing names can be read or deleted, so
// no request can leave a job's folder. gRPC's threads.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/service/open_calls.h"
#include "daemon/service/services.h"
#include "daemon/store/store.h"
#include "lab/v1/artifact.grpc.pb.h"

namespace lab {

class ArtifactService final : public v1::ArtifactService::Service {
 public:
  // Both outlive it.
  ArtifactService(const ServiceContext* lab, OpenCalls* calls) : lab_(*lab), calls_(*calls) {}

  grpc::Status ListArtifacts(grpc::ServerContext* context, const v1::ListArtifactsRequest* request,
                             v1::ListArtifactsResponse* response) override;
  grpc::Status ReadArtifact(grpc::ServerContext* context, const v1::ReadArtifactRequest* request,
                            grpc::ServerWriter<v1::FileChunk>* writer) override;
  grpc::Status DeleteArtifact(grpc::ServerContext* context,
                              const v1::DeleteArtifactRequest* request,
                              v1::DeleteArtifactResponse* response) override;

  grpc::Status ListCheckpoints(grpc::ServerContext* context,
                               const v1::ListCheckpointsRequest* request,
                               v1::ListCheckpointsResponse* response) override;

 private:
  // What the job has now: recorded checkpoints whose folders are there, then its files.
  absl::StatusOr<std::vector<v1::Artifact>> ArtifactsOf(int64_t job) const;
  absl::StatusOr<v1::Artifact> Find(int64_t job, std::string_view name) const;
  // FAILED_PRECONDITION if the checkpoint may still be needed by a worker or a resume.
  absl::Status CheckUnused(const v1::Artifact& artifact, int64_t job) const;
  absl::StatusOr<int64_t> Delete(int64_t job, const std::string& name);

  const ServiceContext& lab_;
  OpenCalls& calls_;
};

}  // namespace lab
