#pragma once

// labd's services on a Unix socket in a temporary home, with a real store, event bus and scheduler,
// and a supervisor without workers. Jobs are moved by hand, through the store.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/places.h"
#include "daemon/catalog/catalog.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/service/event_bus.h"
#include "daemon/service/reference.h"
#include "daemon/service/services.h"
#include "daemon/storage/storage_guard.h"
#include "daemon/store/store.h"
#include "daemon/supervisor/supervisor.h"
#include "daemon/wiring.h"
#include "lab/v1/job_service.grpc.pb.h"
#include "tests/support/temp_dir.h"

namespace lab {

class ServiceLab {
 public:
  ServiceLab() {
    places = *FindPlaces(
        [this](const std::string& name) { return name == "LAB_HOME" ? dir.path().string() : ""; });
    EXPECT_TRUE(CreatePlaces(places).ok());
    auto opened = Store::Open(places.database().string(), &bus, &clock);
    EXPECT_TRUE(opened.ok()) << opened.status();
    store = *std::move(opened);
    supervisor_wiring = std::make_unique<SupervisorWiring>(store.get(), &catalog, places);
    supervisor = std::make_unique<Supervisor>(Supervisor::Options{}, supervisor_wiring.get());
    storage =
        std::make_unique<StorageGuard>(StorageOptions{.min_free_bytes = 0}, store.get(), places);
    wiring =
        std::make_unique<SchedulerWiring>(store.get(), supervisor.get(), places, storage.get());
    scheduler = std::make_unique<Scheduler>(Scheduler::Options{}, wiring.get());
    EXPECT_TRUE(scheduler->Start().ok());
    ServiceContext context;
    context.store = store.get();
    context.events = &bus;
    context.scheduler = scheduler.get();
    context.supervisor = supervisor.get();
    context.catalog = &catalog;
    context.storage = storage.get();
    context.places = &places;
    context.clock = &clock;
    context.version = "0.0.0-test";
    context.address = Address();
    context.log_file = places.log();
    context.request_shutdown = [this] { shutdown_requested = true; };
    services = std::make_unique<Services>(context);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(Address(), grpc::InsecureServerCredentials());
    services->Register(builder);
    server = builder.BuildAndStart();
    EXPECT_TRUE(server);
    jobs = v1::JobService::NewStub(Channel());
  }

  ~ServiceLab() { StopServer(); }

  void StopServer() {
    if (!server) return;
    services->Shutdown();
    server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
    server.reset();
  }

  std::string Address() const { return "unix:" + places.socket().string(); }

  // A connection of its own, as another process would have.
  std::shared_ptr<grpc::Channel> Channel() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(Address(), grpc::InsecureChannelCredentials(), arguments);
  }

  // A job that runs its first attempt, as far as the store knows.
  int64_t AddRunningJob(const std::string& resolved = "type: pretrain\nseed: 1\n") {
    int64_t id = AddHeldJob(resolved);
    SetState(id, v1::Job::RUNNING);
    EXPECT_TRUE(store->BeginAttempt(id, 1, -1).ok());
    return id;
  }

  int64_t AddHeldJob(const std::string& resolved = "type: pretrain\nseed: 1\n") {
    NewJob job;
    job.name = "a job";
    job.type = "pretrain";
    job.hold = true;
    job.resolved = resolved;
    auto created = store->CreateJobs({job}, "", "");
    EXPECT_TRUE(created.ok()) << created.status();
    return created->ids.front();
  }

  void SetState(int64_t id, v1::Job::State state) {
    JobChange change;
    change.state = state;
    if (state == v1::Job::FAILED) {
      change.error.emplace();
      change.error->set_reason("TEST");
      change.error->set_message("as planned");
    }
    absl::Status updated = store->UpdateJob(id, change);
    EXPECT_TRUE(updated.ok()) << updated;
  }

  // Points `first` … of a metric, one a step, with value = step / 2; steps equal worker numbers.
  void AppendPoints(int64_t id, int64_t first, int64_t count, const char* metric = "train/loss") {
    WorkerBatch batch;
    batch.items.emplace_back(std::vector<DeclaredMetric>{{0, metric, "nats", "min"}});
    WorkerPoints points;
    points.first = first;
    for (int64_t i = first; i < first + count; ++i) {
      points.points.push_back({0, static_cast<uint64_t>(i), i * 0.1, i / 2.0});
    }
    batch.items.emplace_back(std::move(points));
    batch.event_count = count;
    batch.last_number = first + count - 1;
    store->Append(id, 1, std::move(batch));
  }

  // One event of attempt 1.
  void AppendEvent(int64_t id, WorkerEvent event) {
    WorkerBatch batch;
    batch.event_count = 1;
    batch.last_number = event.number;
    batch.items.emplace_back(std::move(event));
    store->Append(id, 1, std::move(batch));
  }

  // Records a checkpoint and makes its folder with a config.json and a weights file.
  void AddCheckpoint(int64_t id, int64_t number, int64_t step, const std::string& kind = "full");

  TempDir dir;
  Places places;
  SystemClock clock;
  EventBus bus;
  Catalog catalog;
  std::unique_ptr<Store> store;
  std::unique_ptr<SupervisorWiring> supervisor_wiring;
  std::unique_ptr<Supervisor> supervisor;
  std::unique_ptr<StorageGuard> storage;
  std::unique_ptr<SchedulerWiring> wiring;
  std::unique_ptr<Scheduler> scheduler;
  std::unique_ptr<Services> services;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<v1::JobService::Stub> jobs;
  std::atomic<bool> shutdown_requested = false;
};

inline void WriteText(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  EXPECT_TRUE(WriteFileAtomically(path, text).ok());
}

inline void ServiceLab::AddCheckpoint(int64_t id, int64_t number, int64_t step,
                                      const std::string& kind) {
  std::string digits = std::to_string(step);
  std::string name = "step-" + std::string(6 - digits.size(), '0') + digits;
  auto folder = CheckpointFolder(places, id, name);
  WriteText(folder / "config.json", "{}");
  WriteText(folder / "model.safetensors", std::string(1000, 'w'));
  WriteText(folder / "trainer" / "state", "state of " + name);
  RecordedCheckpoint recorded;
  recorded.checkpoint.set_name(name);
  recorded.checkpoint.set_step(step);
  recorded.checkpoint.set_kind(kind);
  recorded.checkpoint.set_size_bytes(1017);
  WorkerEvent event;
  event.number = number;
  event.step = step;
  event.data = recorded;
  AppendEvent(id, std::move(event));
  EXPECT_TRUE(store->Flush().ok());
}

// The reason in the trailers of a failed call; "" if there is none.
inline std::string ReasonIn(const grpc::ClientContext& context) {
  auto found = context.GetServerTrailingMetadata().find("lab-reason");
  if (found == context.GetServerTrailingMetadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

}  // namespace lab
