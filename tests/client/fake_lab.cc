#include "tests/client/fake_lab.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "tests/client/fake_inspect.h"
#include "tests/client/troubler.h"

namespace lab::testing {
namespace {

using grpc::ServerContext;
using grpc::ServerWriter;
using grpc::Status;
using grpc::StatusCode;

Status NoJob(ServerContext* context, int64_t id) {
  return Refusal(context, StatusCode::NOT_FOUND, "JOB_NOT_FOUND",
                 "there is no job " + std::to_string(id));
}

class Jobs : public v1::JobService::Service {
 public:
  explicit Jobs(FakeLab& lab) : lab_(lab) {}

  Status CreateJob(ServerContext* context, const v1::CreateJobRequest* request,
                   v1::CreateJobResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    if (lab_.not_yet > 0) {
      --lab_.not_yet;
      return Refusal(context, StatusCode::UNAVAILABLE, "UNAVAILABLE", "no worker yet");
    }
    lab_.created.push_back(*request);
    if (lab_.on_create) return lab_.on_create(context, *request, response);
    int64_t id = lab_.jobs.empty() ? 1 : lab_.jobs.rbegin()->first + 1;
    v1::Job& job = lab_.AddJob(id, request->hold() ? v1::Job::HELD : v1::Job::QUEUED);
    job.set_name(request->name());
    for (int64_t needed : request->after()) {
      v1::Dependency& dependency = *job.add_dependencies();
      dependency.set_job_id(needed);
      dependency.set_standing(v1::Dependency::WAITING);
      dependency.set_state(v1::Job::RUNNING);
    }
    response->add_job_ids(id);
    return Status::OK;
  }
  Status CheckJob(ServerContext*, const v1::CheckJobRequest*, v1::CheckReport* report) override {
    std::lock_guard lock(lab_.mutex);
    *report = lab_.check;
    return Status::OK;
  }
  Status GetJob(ServerContext* context, const v1::GetJobRequest* request, v1::Job* job) override {
    std::lock_guard lock(lab_.mutex);
    auto found = lab_.jobs.find(request->job_id());
    if (found == lab_.jobs.end()) return NoJob(context, request->job_id());
    *job = found->second;
    return Status::OK;
  }
  // Pages of two, so that clients must ask again.
  Status ListJobs(ServerContext*, const v1::ListJobsRequest* request,
                  v1::ListJobsResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.listed.push_back(*request);
    int64_t after = request->page_token().empty() ? 0 : std::stoll(request->page_token());
    for (const auto& [id, job] : lab_.jobs) {
      const auto& states = request->states();
      if (!states.empty() && !std::count(states.begin(), states.end(), job.state())) continue;
      if (id <= after || (!request->group().empty() && job.group() != request->group())) continue;
      if (response->jobs_size() == 2) {
        response->set_next_page_token(
            std::to_string(response->jobs(response->jobs_size() - 1).id()));
        break;
      }
      *response->add_jobs() = job;
    }
    return Status::OK;
  }
  Status GetJobConfig(ServerContext* context, const v1::GetJobRequest* request,
                      v1::JobConfig* config) override {
    std::lock_guard lock(lab_.mutex);
    if (lab_.jobs.count(request->job_id()) == 0) return NoJob(context, request->job_id());
    *config = lab_.config;
    return Status::OK;
  }
  Status PauseJob(ServerContext* context, const v1::JobRequest* request, v1::Job* job) override {
    return Do(context, "pause", request->job_id(), job);
  }
  Status ResumeJob(ServerContext* context, const v1::JobRequest* request, v1::Job* job) override {
    return Do(context, "resume", request->job_id(), job);
  }
  Status CancelJob(ServerContext* context, const v1::JobRequest* request, v1::Job* job) override {
    return Do(context, "cancel", request->job_id(), job);
  }
  Status HoldJob(ServerContext* context, const v1::JobRequest* request, v1::Job* job) override {
    return Do(context, "hold", request->job_id(), job);
  }
  Status ReleaseJob(ServerContext* context, const v1::JobRequest* request, v1::Job* job) override {
    return Do(context, "release", request->job_id(), job);
  }
  Status CheckpointJob(ServerContext* context, const v1::JobRequest* request,
                       v1::Job* job) override {
    return Do(context, "checkpoint", request->job_id(), job);
  }
  Status RemoveJob(ServerContext* context, const v1::JobRequest* request,
                   v1::RemoveJobResponse* response) override {
    v1::Job job;
    Status status = Do(context, "remove", request->job_id(), &job);
    if (!status.ok()) return status;
    std::lock_guard lock(lab_.mutex);
    lab_.jobs.erase(request->job_id());
    response->set_freed_bytes(1500);
    return Status::OK;
  }
  Status SetJob(ServerContext* context, const v1::SetJobRequest* request,
                v1::SetJobResponse* response) override {
    v1::Job job;
    Status status = Do(context, "set", request->job_id(), &job);
    if (!status.ok()) return status;
    for (const std::string& one : request->overrides()) {
      v1::Change change;
      change.set_id(job.changes_size() + 1);
      change.set_field(one.substr(0, one.find('=')));
      change.set_before("0.001");
      change.set_value(one.substr(one.find('=') + 1));
      if (change.value() == change.before()) continue;
      *job.add_changes() = change;
      *response->add_changes() = change;
    }
    *response->mutable_job() = job;
    std::lock_guard lock(lab_.mutex);
    lab_.jobs[job.id()] = job;
    return Status::OK;
  }
  Status WatchJob(ServerContext* context, const v1::WatchJobRequest* request,
                  ServerWriter<v1::WatchEvent>* writer) override {
    {
      std::lock_guard lock(lab_.mutex);
      lab_.watched.push_back(*request);
      if (lab_.jobs.count(request->job_id()) == 0) return NoJob(context, request->job_id());
    }
    return lab_.on_watch ? lab_.on_watch(context, *request, writer) : Status::OK;
  }
  Status ReadLog(ServerContext* context, const v1::ReadLogRequest* request,
                 ServerWriter<v1::LogChunk>* writer) override {
    std::lock_guard lock(lab_.mutex);
    if (lab_.jobs.count(request->job_id()) == 0) return NoJob(context, request->job_id());
    if (lab_.on_log) return lab_.on_log(*request, writer);
    v1::LogChunk chunk;
    chunk.set_text(lab_.log);
    writer->Write(chunk);
    return Status::OK;
  }
  Status ListSamples(ServerContext*, const v1::ListSamplesRequest*,
                     v1::ListSamplesResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    *response = lab_.samples;
    return Status::OK;
  }

 private:
  Status Do(ServerContext* context, const std::string& verb, int64_t id, v1::Job* job) {
    std::lock_guard lock(lab_.mutex);
    auto found = lab_.jobs.find(id);
    if (found == lab_.jobs.end()) return NoJob(context, id);
    Status status = lab_.on_verb ? lab_.on_verb(context, verb, found->second) : Status::OK;
    if (status.ok()) *job = found->second;
    return status;
  }

  FakeLab& lab_;
};

class Queue : public v1::QueueService::Service {
 public:
  explicit Queue(FakeLab& lab) : lab_(lab) {}
  Status UpdateJob(ServerContext* context, const v1::UpdateJobRequest* request,
                   v1::Job* response) override {
    std::lock_guard lock(lab_.mutex);
    auto found = lab_.jobs.find(request->job_id());
    if (found == lab_.jobs.end()) return NoJob(context, request->job_id());
    v1::Job& job = found->second;
    if (request->has_name()) job.set_name(request->name());
    if (request->has_priority()) job.set_priority(request->priority());
    if (request->has_note()) job.set_note(request->note());
    if (request->remove_tags_size() > 0) job.clear_tags();
    job.mutable_tags()->MergeFrom(request->add_tags());
    *response = job;
    return Status::OK;
  }
  Status MoveJobs(ServerContext* context, const v1::MoveJobsRequest* request,
                  v1::MoveJobsResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.moved.push_back(*request);
    for (int64_t id : request->job_ids()) {
      if (lab_.jobs.count(id) == 0) return NoJob(context, id);
      *response->add_jobs() = lab_.jobs[id];
    }
    return Status::OK;
  }
  Status DuplicateJob(ServerContext* context, const v1::DuplicateJobRequest* request,
                      v1::CreateJobResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.duplicated.push_back(*request);
    if (lab_.jobs.count(request->job_id()) == 0) return NoJob(context, request->job_id());
    int64_t id = lab_.jobs.rbegin()->first + 1;
    lab_.AddJob(id, v1::Job::QUEUED);
    response->add_job_ids(id);
    return Status::OK;
  }
  Status CompareConfigs(ServerContext*, const v1::CompareConfigsRequest*,
                        v1::CompareConfigsResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    *response = lab_.compared;
    return Status::OK;
  }

 private:
  FakeLab& lab_;
};

class Metrics : public v1::MetricService::Service {
 public:
  explicit Metrics(FakeLab& lab) : lab_(lab) {}
  Status ReadMetrics(ServerContext*, const v1::ReadMetricsRequest* request,
                     ServerWriter<v1::SeriesPart>* writer) override {
    std::lock_guard lock(lab_.mutex);
    lab_.read_metrics.push_back(*request);
    for (const v1::SeriesPart& part : lab_.series) writer->Write(part);
    return Status::OK;
  }

 private:
  FakeLab& lab_;
};

class Groups : public v1::GroupService::Service {
 public:
  explicit Groups(FakeLab& lab) : lab_(lab) {}
  Status GetGroup(ServerContext* context, const v1::GetGroupRequest* request,
                  v1::Group* group) override {
    std::lock_guard lock(lab_.mutex);
    if (request->group() != lab_.group.name()) {
      return Refusal(context, StatusCode::NOT_FOUND, "NOT_FOUND", "no such group");
    }
    *group = lab_.group;
    return Status::OK;
  }
  Status ReadGroup(ServerContext*, const v1::ReadGroupRequest* request,
                   ServerWriter<v1::GroupPart>* writer) override {
    std::lock_guard lock(lab_.mutex);
    lab_.read_groups.push_back(*request);
    for (const v1::GroupPart& part : lab_.group_series) writer->Write(part);
    return Status::OK;
  }

 private:
  FakeLab& lab_;
};

class Catalogs : public v1::CatalogService::Service {
 public:
  explicit Catalogs(FakeLab& lab) : lab_(lab) {}
  Status GetCatalog(ServerContext* context, const v1::GetCatalogRequest*,
                    v1::Catalog* catalog) override {
    std::lock_guard lock(lab_.mutex);
    if (lab_.not_yet > 0) {
      --lab_.not_yet;
      return Refusal(context, StatusCode::UNAVAILABLE, "UNAVAILABLE", "no worker yet");
    }
    *catalog = lab_.catalog;
    return Status::OK;
  }

 private:
  FakeLab& lab_;
};

class Corpora : public v1::CorpusService::Service {
 public:
  explicit Corpora(FakeLab& lab) : lab_(lab) {}
  Status ListCorpora(ServerContext*, const v1::ListCorporaRequest*,
                     v1::ListCorporaResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    *response = lab_.corpora;
    return Status::OK;
  }
  Status AddCorpus(ServerContext*, const v1::AddCorpusRequest* request,
                   v1::Corpus* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.added.push_back(*request);
    response->set_name(request->name());
    response->set_path(request->path());
    return Status::OK;
  }
  Status RemoveCorpus(ServerContext* context, const v1::RemoveCorpusRequest* request,
                      v1::RemoveCorpusResponse*) override {
    std::lock_guard lock(lab_.mutex);
    if (lab_.previews.erase(request->name()) > 0) return Status::OK;
    return Refusal(context, StatusCode::NOT_FOUND, "CORPUS_MISSING", "no such corpus");
  }
  Status PreviewCorpus(ServerContext* context, const v1::PreviewCorpusRequest* request,
                       v1::CorpusPreview* response) override {
    std::lock_guard lock(lab_.mutex);
    auto found = lab_.previews.find(request->name());
    if (found == lab_.previews.end()) {
      return Refusal(context, StatusCode::NOT_FOUND, "CORPUS_MISSING", "no such corpus");
    }
    *response = found->second;
    return Status::OK;
  }
  Status Tokenize(ServerContext*, const v1::TokenizeRequest* request,
                  v1::TokenizeResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.tokenizations.push_back(*request);
    *response = lab_.tokenized;
    return Status::OK;
  }

 private:
  FakeLab& lab_;
};

class Artifacts : public v1::ArtifactService::Service {
 public:
  explicit Artifacts(FakeLab& lab) : lab_(lab) {}
  Status ListArtifacts(ServerContext*, const v1::ListArtifactsRequest*,
                       v1::ListArtifactsResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    *response = lab_.artifacts;
    return Status::OK;
  }
  Status ReadArtifact(ServerContext*, const v1::ReadArtifactRequest*,
                      ServerWriter<v1::FileChunk>* writer) override {
    std::lock_guard lock(lab_.mutex);
    for (const v1::FileChunk& chunk : lab_.chunks) writer->Write(chunk);
    return Status::OK;
  }

  Status ListCheckpoints(ServerContext*, const v1::ListCheckpointsRequest* request,
                         v1::ListCheckpointsResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.listed_checkpoints.push_back(*request);
    const auto& ids = request->job_ids();
    for (const auto& [id, job] : lab_.jobs) {
      if (!ids.empty() && !std::count(ids.begin(), ids.end(), id)) continue;
      if (!job.checkpoints().empty()) *response->add_jobs() = Measured(job);
    }
    return Status::OK;
  }

 private:
  v1::JobCheckpoints Measured(const v1::Job& job) {
    v1::JobCheckpoints list;
    list.set_job_id(job.id());
    v1::MeasuredCheckpoint* best = nullptr;
    for (const v1::Checkpoint& checkpoint : job.checkpoints()) {
      v1::MeasuredCheckpoint& one = *list.add_checkpoints();
      *one.mutable_checkpoint() = checkpoint;
      auto loss = lab_.val_losses.find(checkpoint.step());
      if (loss == lab_.val_losses.end()) continue;
      one.set_val_loss(loss->second);
      if (best == nullptr || one.val_loss() < best->val_loss()) best = &one;
    }
    if (best != nullptr) best->set_best(true);
    list.mutable_checkpoints()->rbegin()->set_final(job.state() == v1::Job::SUCCEEDED);
    return list;
  }

  FakeLab& lab_;
};

class Systems : public v1::SystemService::Service {
 public:
  explicit Systems(FakeLab& lab) : lab_(lab) {}
  Status GetSystem(ServerContext*, const v1::GetSystemRequest*, v1::System* system) override {
    std::lock_guard lock(lab_.mutex);
    *system = lab_.system;
    return Status::OK;
  }
  Status WatchSystem(ServerContext* context, const v1::WatchSystemRequest* request,
                     ServerWriter<v1::System>* writer) override {
    if (lab_.on_watch_system) return lab_.on_watch_system(writer);
    while (!context->IsCancelled()) {
      v1::System system;
      {
        std::lock_guard lock(lab_.mutex);
        system = lab_.system;
        if (system.jobs_revision() == 0) system.set_jobs_revision(lab_.Revision());
      }
      if (!writer->Write(system)) break;
      // Looks often whether the client is still there.
      auto until = std::chrono::steady_clock::now() +
                   std::chrono::duration<double>(request->interval_seconds());
      while (!context->IsCancelled() && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
    return Status::OK;
  }
  Status ReadDaemonLog(ServerContext*, const v1::ReadDaemonLogRequest* request,
                       ServerWriter<v1::DaemonLogChunk>* writer) override {
    std::lock_guard lock(lab_.mutex);
    if (lab_.on_daemon_log) return lab_.on_daemon_log(*request, writer);
    v1::DaemonLogChunk chunk;
    chunk.set_text(lab_.log);
    writer->Write(chunk);
    return Status::OK;
  }

 private:
  FakeLab& lab_;
};

class Transfers : public v1::TransferService::Service {
 public:
  explicit Transfers(FakeLab& lab) : lab_(lab) {}
  Status ExportJobs(ServerContext* context, const v1::ExportJobsRequest* request,
                    ServerWriter<v1::ArchiveChunk>* writer) override {
    std::lock_guard lock(lab_.mutex);
    lab_.exports.push_back(*request);
    for (const std::string& piece : lab_.archive) {
      v1::ArchiveChunk chunk;
      chunk.set_data(piece);
      writer->Write(chunk);
    }
    if (!lab_.archive_breaks) return Status::OK;
    return Refusal(context, StatusCode::ABORTED, "ABORTED", "a file changed; try again");
  }
  Status ImportJobs(ServerContext* context, grpc::ServerReader<v1::ArchiveChunk>* reader,
                    v1::ImportJobsResponse* response) override {
    std::string bytes;
    v1::ArchiveChunk chunk;
    while (reader->Read(&chunk)) bytes += chunk.data();
    std::lock_guard lock(lab_.mutex);
    lab_.import_bytes = bytes;
    *response = lab_.imported;
    if (lab_.imported.jobs_size() > 0) return Status::OK;
    return Refusal(context, StatusCode::INVALID_ARGUMENT, "JOB_FILE_INVALID",
                   "the entry \"x\" stands twice");
  }

 private:
  FakeLab& lab_;
};

class Storages : public v1::StorageService::Service {
 public:
  explicit Storages(FakeLab& lab) : lab_(lab) {}
  Status GetStorage(ServerContext*, const v1::GetStorageRequest*, v1::Storage* response) override {
    std::lock_guard lock(lab_.mutex);
    *response = lab_.storage;
    return Status::OK;
  }
  Status PruneStorage(ServerContext*, const v1::PruneStorageRequest* request,
                      v1::PruneStorageResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    lab_.prunes.push_back(*request);
    *response = lab_.pruned;
    return Status::OK;
  }
  Status Diagnose(ServerContext*, const v1::DiagnoseRequest*,
                  v1::DiagnoseResponse* response) override {
    std::lock_guard lock(lab_.mutex);
    *response = lab_.diagnosis;
    return Status::OK;
  }

 private:
  FakeLab& lab_;
};

}  // namespace

struct FakeLab::Services {
  explicit Services(FakeLab& lab)
      : jobs(lab),
        queue(lab),
        metrics(lab),
        groups(lab),
        catalog(lab),
        corpora(lab),
        artifacts(lab),
        inspect(MakeFakeInspect(lab)),
        system(lab),
        transfer(lab),
        storage(lab) {}
  Jobs jobs;
  Queue queue;
  Metrics metrics;
  Groups groups;
  Catalogs catalog;
  Corpora corpora;
  Artifacts artifacts;
  std::unique_ptr<v1::InspectService::Service> inspect;
  Systems system;
  Transfers transfer;
  Storages storage;
};

Status Refusal(ServerContext* context, StatusCode code, const std::string& reason,
               const std::string& message) {
  context->AddTrailingMetadata("lab-reason", reason);
  return Status(code, message);
}

FakeLab::FakeLab() : services_(std::make_unique<Services>(*this)) {
  system.set_version("9.8.7");
  system.set_pid(4242);
  Start();
}

FakeLab::~FakeLab() { Stop(); }

void FakeLab::Start() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
  builder.RegisterService(&services_->jobs);
  builder.RegisterService(&services_->queue);
  builder.RegisterService(&services_->metrics);
  builder.RegisterService(&services_->groups);
  builder.RegisterService(&services_->catalog);
  builder.RegisterService(&services_->corpora);
  builder.RegisterService(&services_->artifacts);
  builder.RegisterService(services_->inspect.get());
  builder.RegisterService(&services_->system);
  builder.RegisterService(&services_->transfer);
  builder.RegisterService(&services_->storage);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> troublers;
  troublers.push_back(std::make_unique<TroublerFactory>(*this));
  builder.experimental().SetInterceptorCreators(std::move(troublers));
  server_ = builder.BuildAndStart();
}

void FakeLab::Stop() {
  if (!server_) return;
  SetTrouble(Trouble::kNone);
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

int64_t FakeLab::Revision() {
  std::string now;
  for (const auto& [id, job] : jobs) now += job.SerializeAsString();
  if (now != seen_jobs_) ++revision_;
  seen_jobs_ = std::move(now);
  return revision_;
}

v1::Job& FakeLab::AddJob(int64_t id, v1::Job::State state) {
  v1::Job& job = jobs[id];
  job.set_id(id);
  job.set_type("pretrain");
  job.set_state(state);
  job.set_attempt(1);
  return job;
}

}  // namespace lab::testing
