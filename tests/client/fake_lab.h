#pragma once

// A labd for tests: every service on a Unix socket in a folder of its own, answering from the plain
// members below. Set the members before the calls that need them; calls come from gRPC's threads.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "lab/v1/artifact.grpc.pb.h"
#include "lab/v1/catalog.grpc.pb.h"
#include "lab/v1/corpus.grpc.pb.h"
#include "lab/v1/group.grpc.pb.h"
#include "lab/v1/inspect.grpc.pb.h"
#include "lab/v1/job_service.grpc.pb.h"
#include "lab/v1/metric.grpc.pb.h"
#include "lab/v1/queue.grpc.pb.h"
#include "lab/v1/storage.grpc.pb.h"
#include "lab/v1/system.grpc.pb.h"
#include "lab/v1/transfer.grpc.pb.h"
#include "tests/support/temp_dir.h"

namespace lab::testing {

// A failed call as labd answers it: the reason in its trailer.
grpc::Status Refusal(grpc::ServerContext* context, grpc::StatusCode code, const std::string& reason,
                     const std::string& message);

class FakeLab {
 public:
  FakeLab();   // listens
  ~FakeLab();  // cancels what is open
  FakeLab(const FakeLab&) = delete;
  FakeLab& operator=(const FakeLab&) = delete;

  std::string socket() const { return (dir_.path() / "labd.sock").string(); }
  std::string address() const { return "unix:" + socket(); }
  const std::filesystem::path& folder() const { return dir_.path(); }
  v1::Job& AddJob(int64_t id, v1::Job::State state);

  // What goes wrong with every call but those of the system service and the health check.
  enum class Trouble {
    kNone,
    kRefuse,  // INTERNAL "the disk cannot be read"
    kStall,   // no answer until the trouble ends
  };
  void SetTrouble(Trouble trouble) {
    std::lock_guard lock(stall_mutex_);
    trouble_ = trouble;
    stall_end_.notify_all();
  }
  Trouble trouble() const { return trouble_; }
  void AwaitEndOfStall() {
    std::unique_lock lock(stall_mutex_);
    stall_end_.wait(lock, [this] { return trouble_ != Trouble::kStall; });
  }

  // Stops listening and comes back, as a restarted labd.
  void Stop();
  void Start();

  // What it answers. `mutex` guards it once calls run.
  std::mutex mutex;
  std::map<int64_t, v1::Job> jobs;
  v1::JobConfig config;
  v1::Catalog catalog;
  v1::ListCorporaResponse corpora;
  std::map<std::string, v1::CorpusPreview> previews;  // by name
  v1::TokenizeResponse tokenized;
  v1::ListArtifactsResponse artifacts;
  std::map<int64_t, double> val_losses;  // by step, of every job
  v1::ListSamplesResponse samples;
  v1::System system;  // jobs_revision is counted where it is 0
  v1::CheckReport check;
  v1::CompareConfigsResponse compared;
  std::vector<v1::SeriesPart> series;
  v1::Group group;  // the only one
  std::vector<v1::GroupPart> group_series;
  std::vector<v1::FileChunk> chunks;
  std::vector<std::string> archive;  // the pieces of an export …
  bool archive_breaks = false;       // … which then fails
  v1::ImportJobsResponse imported;
  v1::Storage storage;
  v1::PruneStorageResponse pruned;
  v1::DiagnoseResponse diagnosis;
  std::vector<v1::GenerateEvent> generated;
  int64_t inspect_limit = int64_t{1} << 30;  // working bytes of a look
  std::string log;
  int not_yet = 0;  // so many calls that need a worker are UNAVAILABLE first

  // What it was asked.
  std::vector<v1::CreateJobRequest> created;
  std::vector<v1::ListJobsRequest> listed;
  std::vector<v1::MoveJobsRequest> moved;
  std::vector<v1::DuplicateJobRequest> duplicated;
  std::vector<v1::WatchJobRequest> watched;
  std::vector<v1::ReadMetricsRequest> read_metrics;
  std::vector<v1::ListCheckpointsRequest> listed_checkpoints;
  std::vector<v1::ReadGroupRequest> read_groups;
  std::vector<v1::GenerateRequest> generations;
  std::vector<v1::InspectRequest> inspections;
  std::vector<std::string> opened;
  std::vector<std::string> closed;  // sessions
  std::vector<v1::ExportJobsRequest> exports;
  std::string import_bytes;  // of the last import
  std::vector<v1::PruneStorageRequest> prunes;
  std::vector<v1::AddCorpusRequest> added;
  std::vector<v1::TokenizeRequest> tokenizations;

  // Replace a service's behaviour where it is set.
  std::function<grpc::Status(grpc::ServerContext*, const v1::CreateJobRequest&,
                             v1::CreateJobResponse*)>
      on_create;
  std::function<grpc::Status(grpc::ServerContext*, const v1::WatchJobRequest&,
                             grpc::ServerWriter<v1::WatchEvent>*)>
      on_watch;
  std::function<grpc::Status(grpc::ServerContext*, const v1::GenerateRequest&,
                             grpc::ServerWriter<v1::GenerateEvent>*)>
      on_generate;
  // In place of the answer of tests/client/fake_inspect.h.
  std::function<grpc::Status(grpc::ServerContext*, const v1::InspectRequest&,
                             grpc::ServerWriter<v1::InspectEvent>*)>
      on_inspect;
  std::function<grpc::Status(const v1::ReadLogRequest&, grpc::ServerWriter<v1::LogChunk>*)> on_log;
  std::function<grpc::Status(const v1::ReadDaemonLogRequest&,
                             grpc::ServerWriter<v1::DaemonLogChunk>*)>
      on_daemon_log;
  std::function<grpc::Status(grpc::ServerWriter<v1::System>*)> on_watch_system;
  // Called with "pause", "resume", … for a job that exists.
  std::function<grpc::Status(grpc::ServerContext*, const std::string&, v1::Job&)> on_verb;

  // Counts changes of `jobs`, as it is looked at. Requires: `mutex` is held.
  int64_t Revision();

 private:
  struct Services;
  std::string seen_jobs_;
  int64_t revision_ = 0;
  TempDir dir_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  std::atomic<Trouble> trouble_ = Trouble::kNone;
  std::mutex stall_mutex_;  // for stall_end_
  std::condition_variable stall_end_;
};

// A stored event with this sequence, of now.
v1::WatchEvent Event(int64_t sequence);
v1::WatchEvent StateEvent(int64_t sequence, v1::Job::State state);
// Points of train/loss with these sequences: step = sequence, value = 1 / sequence.
v1::WatchEvent LossEvent(const std::vector<int64_t>& sequences);

}  // namespace lab::testing
