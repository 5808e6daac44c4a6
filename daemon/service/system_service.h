#pragma once

// SystemService: the machine, the daemon and its children; its log; asking it to leave. gRPC's
// threads.

#include <mutex>
#include <string>

#include "daemon/service/gpu_meter.h"
#include "daemon/service/machine.h"
#include "daemon/service/open_calls.h"
#include "daemon/service/services.h"
#include "lab/v1/system.grpc.pb.h"

namespace lab {

class SystemService final : public v1::SystemService::Service {
 public:
  // Both outlive it.
  SystemService(const ServiceContext* lab, OpenCalls* calls);

  grpc::Status GetSystem(grpc::ServerContext* context, const v1::GetSystemRequest* request,
                         v1::System* response) override;
  grpc::Status WatchSystem(grpc::ServerContext* context, const v1::WatchSystemRequest* request,
                           grpc::ServerWriter<v1::System>* writer) override;
  grpc::Status ReadDaemonLog(grpc::ServerContext* context, const v1::ReadDaemonLogRequest* request,
                             grpc::ServerWriter<v1::DaemonLogChunk>* writer) override;
  grpc::Status Shutdown(grpc::ServerContext* context, const v1::ShutdownRequest* request,
                        v1::ShutdownResponse* response) override;

 private:
  // Everything but the load. `wait`: for what the GPUs' driver says, which may take its time.
  v1::System Describe(bool wait);
  // What the job folders hold; measured anew after a minute, as that walks over all files.
  int64_t JobsBytes();

  const ServiceContext& lab_;
  OpenCalls& calls_;
  const double start_seconds_;
  const std::string processor_;
  GpuMeter gpus_;
  std::mutex mutex_;  // guards what follows
  LoadMeter load_;    // of GetSystem
  int64_t jobs_bytes_ = 0;
  double jobs_measured_seconds_ = -1;  // when; negative: never
};

}  // namespace lab
