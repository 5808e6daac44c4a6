#pragma once

// The lab's services as blocking C++ calls, one per RPC. Prints nothing. Any thread; a LabClient
// may be shared by threads. A failed call carries labd's reason (ReasonOf) and, for a refused
// config, its field errors (CheckReportOf). A daemon that does not answer is UNAVAILABLE with the
// reason DAEMON_UNREACHABLE; while labd's first worker still loads, calls that need it wait for it.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "core/base/status.h"
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

namespace lab {

// Ends running and later calls from another thread. One object may serve several calls in turn.
class Cancellation {
 public:
  void Cancel();
  bool cancelled() const;

  // While alive, Cancel() ends the call of `context`, at once if it was cancelled before.
  class Guard {
   public:
    Guard(Cancellation* cancellation, grpc::ClientContext* context);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Cancellation* cancellation_;
  };

 private:
  mutable std::mutex mutex_;  // guards both members
  grpc::ClientContext* context_ = nullptr;
  bool cancelled_ = false;
};

// The calls of a client that have not ended.
class RunningCalls {
 public:
  // Ends them, and every later one at once, with CANCELLED.
  void Close();

  // A call is open while this lives.
  class Guard {
   public:
    Guard(RunningCalls* calls, grpc::ClientContext* context);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    RunningCalls* calls_;
    grpc::ClientContext* context_;
  };

 private:
  std::mutex mutex_;  // guards both members
  std::set<grpc::ClientContext*> contexts_;
  bool closed_ = false;
};

// Receives one message of a stream; false ends the stream early, which is no failure.
template <class Message>
using Receive = std::function<bool(const Message&)>;

class LabClient {
 public:
  explicit LabClient(std::shared_ptr<grpc::Channel> channel, double deadline_seconds = 60);

  // Ends all calls and streams of this client, and every later one, with CANCELLED.
  void CancelAll();

  absl::StatusOr<v1::CreateJobResponse> CreateJob(const v1::CreateJobRequest& request) const;
  absl::StatusOr<v1::CheckReport> CheckJob(const v1::CheckJobRequest& request) const;
  absl::StatusOr<v1::Job> GetJob(int64_t id) const;
  // All pages, within one deadline.
  absl::StatusOr<v1::ListJobsResponse> ListJobs(v1::ListJobsRequest request = {}) const;
  absl::StatusOr<v1::JobConfig> GetJobConfig(int64_t id) const;
  absl::StatusOr<v1::Job> PauseJob(int64_t id) const;
  absl::StatusOr<v1::Job> ResumeJob(int64_t id) const;
  absl::StatusOr<v1::Job> CancelJob(int64_t id) const;
  absl::StatusOr<v1::Job> HoldJob(int64_t id) const;
  absl::StatusOr<v1::Job> ReleaseJob(int64_t id) const;
  absl::StatusOr<v1::Job> CheckpointJob(int64_t id) const;
  absl::StatusOr<v1::SetJobResponse> SetJob(const v1::SetJobRequest& request) const;
  absl::StatusOr<v1::RemoveJobResponse> RemoveJob(int64_t id) const;
  absl::StatusOr<v1::ListSamplesResponse> ListSamples(int64_t id) const;

  absl::StatusOr<v1::Job> UpdateJob(const v1::UpdateJobRequest& request) const;
  absl::StatusOr<v1::MoveJobsResponse> MoveJobs(const v1::MoveJobsRequest& request) const;
  absl::StatusOr<v1::CreateJobResponse> DuplicateJob(const v1::DuplicateJobRequest& request) const;
  absl::StatusOr<v1::CompareConfigsResponse> CompareConfigs(const std::vector<int64_t>& ids) const;

  absl::StatusOr<v1::Group> GetGroup(std::string name) const;
  absl::StatusOr<v1::Catalog> GetCatalog() const;
  absl::StatusOr<v1::ListCorporaResponse> ListCorpora() const;
  // Reading a long text may take a while: these wait up to ten minutes.
  absl::StatusOr<v1::Corpus> AddCorpus(const v1::AddCorpusRequest& request) const;
  absl::StatusOr<v1::CorpusPreview> PreviewCorpus(const v1::PreviewCorpusRequest& request) const;
  absl::Status RemoveCorpus(const std::string& name) const;
  absl::StatusOr<v1::TokenizeResponse> Tokenize(const v1::TokenizeRequest& request) const;
  absl::StatusOr<v1::ListArtifactsResponse> ListArtifacts(int64_t id) const;
  // Of these jobs; of all if there are none.
  absl::StatusOr<v1::ListCheckpointsResponse> ListCheckpoints(
      const std::vector<int64_t>& ids = {}) const;
  absl::StatusOr<v1::DeleteArtifactResponse> DeleteArtifact(int64_t id, std::string name) const;
  absl::StatusOr<v1::OpenResponse> Open(std::string reference) const;
  absl::Status Close(std::string session) const;
  absl::StatusOr<v1::System> GetSystem() const;
  absl::Status Shutdown() const;
  absl::StatusOr<v1::Storage> GetStorage() const;
  // These two may take long: many and large files have to go, or to be read.
  absl::StatusOr<v1::PruneStorageResponse> PruneStorage(
      const v1::PruneStorageRequest& request) const;
  absl::StatusOr<v1::DiagnoseResponse> Diagnose(bool deep) const;

  // Streams: block until the end, false from `receive`, or Cancel (then CANCELLED). `cancellation`
  // may be null.
  absl::Status ReadMetrics(const v1::ReadMetricsRequest& request,
                           const Receive<v1::SeriesPart>& receive,
                           Cancellation* cancellation = nullptr) const;
  absl::Status ReadGroup(const v1::ReadGroupRequest& request, const Receive<v1::GroupPart>& receive,
                         Cancellation* cancellation = nullptr) const;
  absl::Status ReadLog(const v1::ReadLogRequest& request, const Receive<v1::LogChunk>& receive,
                       Cancellation* cancellation = nullptr) const;
  absl::Status ReadArtifact(const v1::ReadArtifactRequest& request,
                            const Receive<v1::FileChunk>& receive,
                            Cancellation* cancellation = nullptr) const;
  absl::Status Inspect(const v1::InspectRequest& request, const Receive<v1::InspectEvent>& receive,
                       Cancellation* cancellation = nullptr) const;
  absl::Status Generate(const v1::GenerateRequest& request,
                        const Receive<v1::GenerateEvent>& receive,
                        Cancellation* cancellation = nullptr) const;
  absl::Status WatchSystem(double interval_seconds, const Receive<v1::System>& receive,
                           Cancellation* cancellation = nullptr) const;
  absl::Status ReadDaemonLog(const v1::ReadDaemonLogRequest& request,
                             const Receive<v1::DaemonLogChunk>& receive,
                             Cancellation* cancellation = nullptr) const;
  absl::Status ExportJobs(const v1::ExportJobsRequest& request,
                          const Receive<v1::ArchiveChunk>& receive,
                          Cancellation* cancellation = nullptr) const;
  // Sends what `next` puts into the chunk until it says false; a failure of `next` ends the call.
  absl::StatusOr<v1::ImportJobsResponse> ImportJobs(
      const std::function<absl::StatusOr<bool>(v1::ArchiveChunk*)>& next,
      Cancellation* cancellation = nullptr) const;
  // One connection of a watch, without reconnecting: ReconnectingWatch is what faces use.
  absl::Status WatchJobOnce(const v1::WatchJobRequest& request,
                            const Receive<v1::WatchEvent>& receive,
                            Cancellation* cancellation = nullptr) const;

 private:
  double deadline_seconds_;
  std::unique_ptr<RunningCalls> calls_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
  std::unique_ptr<v1::QueueService::Stub> queue_;
  std::unique_ptr<v1::MetricService::Stub> metrics_;
  std::unique_ptr<v1::GroupService::Stub> groups_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<v1::ArtifactService::Stub> artifacts_;
  std::unique_ptr<v1::InspectService::Stub> inspect_;
  std::unique_ptr<v1::CorpusService::Stub> corpora_;
  std::unique_ptr<v1::SystemService::Stub> system_;
  std::unique_ptr<v1::StorageService::Stub> storage_;
  std::unique_ptr<v1::TransferService::Stub> transfer_;
};

// The field errors that came with a refused config; nullopt if there were none.
std::optional<v1::CheckReport> CheckReportOf(const absl::Status& status);

// `status` with these field errors, as labd would have sent them.
absl::Status WithCheckReport(absl::Status status, const v1::CheckReport& report);

// True if nobody answered, as opposed to labd answering that it cannot now.
bool IsUnreachable(const absl::Status& status);

// `status` of a finished call with labd's reason and field errors from the trailers.
absl::Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context);

}  // namespace lab
