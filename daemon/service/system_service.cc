#include "daemon/service/system_service.h"

#include <unistd.h>

#include <utility>

#include "core/base/clock.h"
#include "core/base/places.h"
#include "core/base/strings.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/service/file_parts.h"
#include "daemon/service/log_stream.h"
#include "daemon/service/status_map.h"
#include "daemon/store/store.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {
namespace {

constexpr double kDefaultInterval = 2;
constexpr double kMinInterval = 0.5;
constexpr double kMaxInterval = 3600;
constexpr double kJobsBytesSeconds = 60;

int64_t DatabaseBytes(const Places& places) {
  std::string database = places.database().string();
  return SizeOnDisk(database) + SizeOnDisk(database + "-wal");
}

}  // namespace

SystemService::SystemService(const ServiceContext* lab, OpenCalls* calls)
    : lab_(*lab),
      calls_(*calls),
      start_seconds_(lab->clock->MonotonicSeconds()),
      processor_(ProcessorModel()) {}

int64_t SystemService::JobsBytes() {
  std::lock_guard lock(mutex_);
  double now = lab_.clock->MonotonicSeconds();
  if (jobs_measured_seconds_ < 0 || now - jobs_measured_seconds_ > kJobsBytesSeconds) {
    jobs_bytes_ = SizeOnDisk(lab_.places->jobs());
    jobs_measured_seconds_ = now;
  }
  return jobs_bytes_;
}

v1::System SystemService::Describe(bool wait) {
  v1::System system;
  system.set_version(lab_.version);
  system.set_pid(::getpid());
  system.set_uptime_seconds(lab_.clock->MonotonicSeconds() - start_seconds_);
  system.set_home(lab_.places->state.string());
  system.set_address(lab_.address);
  system.set_processor(processor_);
  system.set_thread_count(UsableThreads());
  MemoryFigures memory = Memory();
  system.set_memory_bytes(memory.total_bytes);
  system.set_memory_available_bytes(memory.available_bytes);
  if (auto celsius = ProcessorCelsius()) system.set_processor_celsius(*celsius);
  for (v1::Gpu& gpu : gpus_.Latest(wait)) *system.add_gpus() = std::move(gpu);
  system.set_disk_free_bytes(DiskFreeBytes(lab_.places->data));
  system.set_jobs_bytes(JobsBytes());
  system.set_database_bytes(DatabaseBytes(*lab_.places));
  system.set_resident_bytes(ResidentBytes(::getpid()));
  system.set_jobs_revision(lab_.store->revision());
  std::string trouble = lab_.scheduler->trouble();
  if (trouble.empty()) trouble = lab_.supervisor->Trouble();
  system.set_trouble(std::move(trouble));
  for (v1::WorkerProcess& worker : lab_.supervisor->Workers()) {
    *system.add_workers() = std::move(worker);
  }
  return system;
}

grpc::Status SystemService::GetSystem(grpc::ServerContext* /*context*/,
                                      const v1::GetSystemRequest* /*request*/,
                                      v1::System* response) {
  *response = Describe(/*wait=*/true);
  std::lock_guard lock(mutex_);
  response->set_processor_load(load_.Share());
  return grpc::Status::OK;
}

grpc::Status SystemService::WatchSystem(grpc::ServerContext* context,
                                        const v1::WatchSystemRequest* request,
                                        grpc::ServerWriter<v1::System>* writer) {
  double interval = request->interval_seconds();
  if (interval == 0) interval = kDefaultInterval;
  if (!(interval >= kMinInterval && interval <= kMaxInterval)) {
    return ToGrpc(
        absl::InvalidArgumentError(Absl(
            StrCat("interval_seconds must be 0 or from 0.5 to 3600, is ", FormatDouble(interval)))),
        *context);
  }
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  LoadMeter load = [this] {
    std::lock_guard lock(mutex_);
    return load_;  // the first answer's share is since the last one of GetSystem
  }();
  while (!(*call)->Ending()) {
    v1::System system = Describe(/*wait=*/false);  // the next word has what is missing
    system.set_processor_load(load.Share());
    if (!writer->Write(system)) break;
    (*call)->Sleep(interval);
  }
  return ToGrpc((*call)->EndStatus(), *context);
}

grpc::Status SystemService::ReadDaemonLog(grpc::ServerContext* context,
                                          const v1::ReadDaemonLogRequest* request,
                                          grpc::ServerWriter<v1::DaemonLogChunk>* writer) {
  if (absl::Status sound = CheckLogRequest(*request); !sound.ok()) return ToGrpc(sound, *context);
  if (lab_.log_file.empty()) {
    const std::string& elsewhere = lab_.log_elsewhere;
    return ToGrpc(
        absl::FailedPreconditionError(
            elsewhere.empty() ? "this labd was started by hand: its log goes to its terminal"
                              : StrCat("this labd runs as a service: its log is in ", elsewhere)),
        *context);
  }
  auto call = calls_.Enter(*context);
  if (!call.ok()) return ToGrpc(call.status(), *context);
  auto grows = [&]() -> absl::StatusOr<bool> { return request->follow(); };
  return ToGrpc(StreamLog(lab_.log_file, *request, grows, **call, *writer), *context);
}

grpc::Status SystemService::Shutdown(grpc::ServerContext* /*context*/,
                                     const v1::ShutdownRequest* /*request*/,
                                     v1::ShutdownResponse* /*response*/) {
  lab_.request_shutdown();
  return grpc::Status::OK;
}

}  // namespace lab
