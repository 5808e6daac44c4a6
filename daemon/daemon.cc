#include "daemon/daemon.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include <unistd.h>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <spdlog/spdlog.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/base/version.h"
#include "daemon/catalog/catalog.h"
#include "daemon/job_folder.h"
#include "daemon/process/summary.h"
#include "daemon/recovery.h"
#include "daemon/remote/remote_port.h"
#include "daemon/service/event_bus.h"
#include "daemon/service/services.h"
#include "daemon/storage/leftovers.h"
#include "daemon/storage/storage_guard.h"
#include "daemon/wiring.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr double kLeavePollSeconds = 0.02;
constexpr double kIdlePollSeconds = 5;
constexpr auto kServerGrace = std::chrono::seconds(2);
constexpr int kShortCalls = 256;  // threads beside those that open streams hold

steady_clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(seconds));
}

absl::StatusOr<FileLock> TakeHome(const Places& places) {
  absl::StatusOr<FileLock> lock = FileLock::TryAcquire(places.lock());
  if (absl::IsUnavailable(lock.status())) {
    absl::StatusOr<std::string> pid = ReadFile(places.lock(), 64);
    std::string who = pid.ok() && !pid->empty() ? StrCat(" (process ", *pid, ")") : "";
    return absl::AlreadyExistsError(
        StrCat("another labd", who, " serves this home: ", places.state.native()));
  }
  RETURN_IF_ERROR(lock.status());
  RETURN_IF_ERROR(lock->WriteText(StrCat(::getpid())));
  return lock;
}

}  // namespace

class Daemon::Impl {
 public:
  explicit Impl(DaemonOptions options, FileLock home)
      : options_(std::move(options)), home_(std::move(home)) {}

  ~Impl() {
    StopAll();
    std::error_code ignored;
    fs::remove(options_.places.socket(), ignored);
    fs::remove(options_.places.pid(), ignored);
  }

  absl::Status Start() {
    const Places& places = options_.places;
    RemoveBrokenImports(places);
    RETURN_IF_ERROR(WriteFileAtomically(places.pid(), StrCat(::getpid(), "\n")));
    ASSIGN_OR_RETURN(store_,
                     Store::Open(places.database().string(), &events_, &clock_, options_.store));
    // After a database was lost its jobs' folders are still there, and stay as they are.
    RETURN_IF_ERROR(store_->SkipJobIdsThrough(HighestJobFolder(places)));
    supervisor_wiring_ = std::make_unique<SupervisorWiring>(store_.get(), &catalog_, places);
    supervisor_wiring_->set_job_log_limit(options_.job_log_max_bytes);
    Supervisor::Options supervisor = options_.supervisor;
    supervisor.places = places;
    double lock_seconds = supervisor.lock_seconds;
    supervisor_ = std::make_unique<Supervisor>(std::move(supervisor), supervisor_wiring_.get());
    storage_ = std::make_unique<StorageGuard>(options_.storage, store_.get(), places);
    scheduler_wiring_ =
        std::make_unique<SchedulerWiring>(store_.get(), supervisor_.get(), places, storage_.get());
    scheduler_ = std::make_unique<Scheduler>(options_.scheduler, scheduler_wiring_.get());
    supervisor_wiring_->set_scheduler(scheduler_.get());
    recovery_ = std::make_unique<Recovery>(store_.get(), places, lock_seconds,
                                           [this](int64_t job) { scheduler_->Recovered(job); });
    store_->OnCommitted([this](int64_t job, int64_t attempt, int64_t number) {
      supervisor_->AckJob(job, attempt, number);
    });
    store_->OnRefused([this](int64_t job, int64_t attempt, absl::Status why) {
      supervisor_->RefuseJob(job, attempt, std::move(why));
    });
    supervisor_->Start();
    ASSIGN_OR_RETURN(std::vector<int64_t> orphans, scheduler_->Start());
    recovery_->Start(std::move(orphans));
    storage_->Start([this](int64_t job) { return scheduler_->Pause(job).status(); });
    return Listen();
  }

  void RequestShutdown() {
    std::lock_guard lock(mutex_);
    ++requests_;
    changed_.notify_all();
  }

  void Run() {
    WaitForRequest();
    if (options_.leaving) options_.leaving();
    spdlog::info("leaving: jobs write their checkpoints");
    scheduler_->Leave();
    if (!WaitForJobs()) spdlog::warn("leaving at once: jobs go on from their last checkpoints");
    StopAll();
  }

  void Reconfigure(const DaemonOptions& options) {
    scheduler_->set_max_crashes(options.scheduler.max_crashes);
    supervisor_->SetLimits(options.supervisor);
    storage_->SetLimits(options.storage);
    supervisor_wiring_->set_job_log_limit(options.job_log_max_bytes);
    std::lock_guard lock(mutex_);
    options_.idle_exit_seconds = options.idle_exit_seconds;
    options_.leave_seconds = options.leave_seconds;
    changed_.notify_all();
  }

  void CheckpointJobs() { scheduler_->CheckpointAll(); }
  int64_t active() const { return scheduler_->active(); }

  std::string Summary() const {
    absl::StatusOr<std::vector<JobRecord>> running =
        store_->JobsInState({v1::Job::RUNNING, v1::Job::STOPPING});
    absl::StatusOr<int64_t> queued = store_->CountJobs({v1::Job::QUEUED});
    if (!running.ok()) return StrCat("the store: ", MessageOf(running.status()));
    if (!queued.ok()) return StrCat("the store: ", MessageOf(queued.status()));
    return SummaryOf(*running, *queued, scheduler_->trouble());
  }

  void AskThreads(const std::function<void(std::string_view)>& asking) {
    asking("scheduler");
    scheduler_->AwaitTurn();
    asking("supervisor");
    supervisor_->AwaitTurn();
    asking("store");
    // A full disk is an answer, too.
    store_->Flush().IgnoreError();
  }

  std::string remote_address() const { return remote_ ? remote_->address() : ""; }

 private:
  absl::Status Listen() {
    const Places& places = options_.places;
    std::string address = StrCat("unix:", places.socket().string());
    ServiceContext context;
    context.store = store_.get();
    context.events = &events_;
    context.scheduler = scheduler_.get();
    context.supervisor = supervisor_.get();
    context.catalog = &catalog_;
    context.storage = storage_.get();
    context.places = &options_.places;
    context.clock = &clock_;
    context.version = kLabVersion;
    context.address = address;
    context.log_file = options_.log_file;
    context.log_elsewhere = options_.log_elsewhere;
    context.max_streams = options_.max_streams;
    context.request_shutdown = [this] { RequestShutdown(); };
    if (!options_.listen.empty()) {
      ASSIGN_OR_RETURN(remote_, RemotePort::Make(places, options_.listen, &clock_));
      context.still_admits = [this](const grpc::ServerContext& call) {
        return remote_->gatekeeper().StillAdmits(call);
      };
    }
    services_ = std::make_unique<Services>(std::move(context));

    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    if (remote_) remote_->AddTo(builder);
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MIN_POLLERS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
    grpc::ResourceQuota quota("labd");
    quota.SetMaxThreads(static_cast<int>(options_.max_streams) + kShortCalls);
    builder.SetResourceQuota(quota);
    services_->Register(builder);
    server_ = builder.BuildAndStart();
    if (remote_) RETURN_IF_ERROR(remote_->CheckListening());
    if (server_ == nullptr) {
      return absl::UnavailableError(StrCat("cannot listen on ", places.socket().native()));
    }
    if (remote_) {
      spdlog::info("listens on {} for other machines; certificate {}", remote_->address(),
                   remote_->fingerprint());
    }
    return absl::OkStatus();
  }

  // Until the first request, or until labd was idle long enough.
  void WaitForRequest() {
    std::unique_lock lock(mutex_);
    auto busy_at = steady_clock::now();
    while (requests_ == 0) {
      const double limit = options_.idle_exit_seconds;
      if (limit <= 0) {
        changed_.wait(lock);  // also for another limit
        busy_at = steady_clock::now();
        continue;
      }
      changed_.wait_for(lock, Seconds(std::min(kIdlePollSeconds, limit / 4)));
      if (requests_ > 0) return;
      bool busy =
          scheduler_->active() > 0 || scheduler_->waiting() || services_->open_streams() > 0;
      if (busy) busy_at = steady_clock::now();
      if (steady_clock::now() - busy_at < Seconds(limit)) continue;
      spdlog::info("nothing to do for {} seconds", limit);
      return;
    }
  }

  // True if all jobs have left in good order.
  bool WaitForJobs() {
    std::unique_lock lock(mutex_);
    auto until = steady_clock::now() + Seconds(options_.leave_seconds);
    while (scheduler_->active() > 0) {
      if (requests_ > 1 || steady_clock::now() > until) return false;
      changed_.wait_for(lock, Seconds(kLeavePollSeconds));
    }
    return true;
  }

  // For calls in progress to be answered; a second request waits for nobody.
  std::chrono::seconds ServerGrace() {
    std::lock_guard lock(mutex_);
    return requests_ > 1 ? std::chrono::seconds(0) : kServerGrace;
  }

  void StopAll() {
    if (std::exchange(stopped_, true)) return;
    if (services_) services_->Shutdown();
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + ServerGrace());
    recovery_.reset();
    if (storage_) storage_->Stop();
    if (supervisor_) supervisor_->Stop();
    if (scheduler_ && scheduler_->active() > 0) scheduler_->Abandon();
    if (scheduler_) scheduler_->Stop();
  }

  DaemonOptions options_;
  FileLock home_;
  SystemClock clock_;
  EventBus events_;
  Catalog catalog_;
  // The store's thread calls the supervisor, the supervisor's the scheduler: each is stopped before
  // whom it calls is destroyed, and the store goes first.
  std::unique_ptr<SupervisorWiring> supervisor_wiring_;
  std::unique_ptr<StorageGuard> storage_;  // stopped before the store and the scheduler go
  std::unique_ptr<SchedulerWiring> scheduler_wiring_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Supervisor> supervisor_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Recovery> recovery_;
  std::unique_ptr<RemotePort> remote_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  bool stopped_ = false;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  int requests_ = 0;
};

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(DaemonOptions options) {
  RETURN_IF_ERROR(CheckSocketPath(options.places.socket()));
  RETURN_IF_ERROR(CreatePlaces(options.places));
  ASSIGN_OR_RETURN(FileLock home, TakeHome(options.places));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(home));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() = default;
void Daemon::RequestShutdown() { impl_->RequestShutdown(); }
void Daemon::Run() { impl_->Run(); }
void Daemon::Reconfigure(const DaemonOptions& options) { impl_->Reconfigure(options); }
void Daemon::CheckpointJobs() { impl_->CheckpointJobs(); }
std::string Daemon::Summary() const { return impl_->Summary(); }
int64_t Daemon::active() const { return impl_->active(); }
void Daemon::AskThreads(const std::function<void(std::string_view)>& asking) {
  impl_->AskThreads(asking);
}
std::string Daemon::remote_address() const { return impl_->remote_address(); }

absl::StatusOr<fs::path> FindWorker(const fs::path& given, const fs::path& program) {
  if (!given.empty()) return given;
  fs::path beside = program.parent_path() / "lab-worker";
  fs::path installed = "/usr/lib/llm-lab/lab-worker";
  for (const fs::path& path : {beside, installed}) {
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return absl::NotFoundError(
      StrCat("lab-worker is neither at ", beside.native(), " nor at ", installed.native()));
}

}  // namespace lab
