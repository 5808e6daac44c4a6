#include "proto/client/lab_client.h"

#include <chrono>
#include <thread>

#include <absl/strings/cord.h>

#include "core/base/strings.h"
#include "proto/client/channel.h"
#include "proto/client/connection.h"
#include "proto/client/probe.h"

namespace lab {
namespace {

constexpr char kReasonTrailer[] = "lab-reason";
constexpr char kErrorsTrailer[] = "lab-errors-bin";
constexpr char kErrorsUrl[] = "lab/errors";

// For calls that walk over all files.
constexpr double kLongSeconds = 24 * 3600;
constexpr double kCheckPatience = 10;     // times the usual: up to 1,000 members are checked
constexpr double kReadTextSeconds = 600;  // until a worker has read a text

constexpr auto kWorkerPoll = std::chrono::milliseconds(100);

using TimePoint = std::chrono::system_clock::time_point;

TimePoint After(double seconds) {
  return std::chrono::system_clock::now() +
         std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

std::string Trailer(const grpc::ClientContext& context, const char* key) {
  const auto& trailers = context.GetServerTrailingMetadata();
  auto found = trailers.find(key);
  if (found == trailers.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

// One unary call until `deadline`.
template <class Stub, class Request, class Answer>
absl::Status CallOnce(RunningCalls& calls, Stub& stub,
                      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Answer*),
                      const Request& request, Answer* answer, TimePoint deadline) {
  grpc::ClientContext context;
  context.set_deadline(deadline);
  RunningCalls::Guard open(&calls, &context);
  grpc::Status status = (stub.*method)(&context, request, answer);
  return FromGrpc(status, context);
}

template <class Stub, class Request, class Answer>
absl::StatusOr<Answer> Call(RunningCalls& calls, Stub& stub,
                            grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                         Answer*),
                            const Request& request, double deadline_seconds) {
  Answer answer;
  RETURN_IF_ERROR(CallOnce(calls, stub, method, request, &answer, After(deadline_seconds)));
  return answer;
}

// The same for calls that a worker answers: while labd says that it cannot yet, asks again. The
// answer itself may take `patience` times as long as that.
template <class Stub, class Request, class Answer>
absl::StatusOr<Answer> CallWorker(RunningCalls& calls, Stub& stub,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Answer*),
                                  const Request& request, double deadline_seconds,
                                  double patience = 1) {
  // Not by the machine's clock, which may be set meanwhile.
  using Steady = std::chrono::steady_clock;
  const auto deadline = Steady::now() + std::chrono::duration<double>(deadline_seconds);
  while (true) {
    Answer answer;
    const std::chrono::duration<double> left = deadline - Steady::now();
    absl::Status status =
        CallOnce(calls, stub, method, request, &answer, After(patience * left.count()));
    if (status.ok()) return answer;
    bool not_yet = absl::IsUnavailable(status) && !IsUnreachable(status) &&
                   ReasonOf(status) != reason::kDiskFull;
    if (!not_yet || Steady::now() + kWorkerPoll >= deadline) return status;
    std::this_thread::sleep_for(kWorkerPoll);
  }
}

template <class Stub, class Request, class Message>
absl::Status Stream(RunningCalls& calls, Stub& stub,
                    std::unique_ptr<grpc::ClientReader<Message>> (Stub::*method)(
                        grpc::ClientContext*, const Request&),
                    const Request& request, const Receive<Message>& receive,
                    Cancellation* cancellation) {
  grpc::ClientContext context;
  RunningCalls::Guard open(&calls, &context);
  auto reader = (stub.*method)(&context, request);
  Cancellation::Guard guard(cancellation, &context);
  bool enough = false;
  Message message;
  while (!enough && reader->Read(&message)) {
    if (cancellation != nullptr && cancellation->cancelled()) break;
    enough = !receive(message);
  }
  if (enough) context.TryCancel();
  grpc::Status status = reader->Finish();
  if (enough) return absl::OkStatus();
  if (cancellation != nullptr && cancellation->cancelled()) {
    return absl::CancelledError("interrupted");
  }
  return FromGrpc(status, context);
}

v1::JobRequest For(int64_t id) {
  v1::JobRequest request;
  request.set_job_id(id);
  return request;
}

}  // namespace

void Cancellation::Cancel() {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
}

bool Cancellation::cancelled() const {
  std::lock_guard lock(mutex_);
  return cancelled_;
}

Cancellation::Guard::Guard(Cancellation* cancellation, grpc::ClientContext* context)
    : cancellation_(cancellation) {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  cancellation_->context_ = context;
  if (cancellation_->cancelled_) context->TryCancel();
}

Cancellation::Guard::~Guard() {
  if (cancellation_ == nullptr) return;
  std::lock_guard lock(cancellation_->mutex_);
  cancellation_->context_ = nullptr;
}

RunningCalls::Guard::Guard(RunningCalls* calls, grpc::ClientContext* context)
    : calls_(calls), context_(context) {
  std::lock_guard lock(calls_->mutex_);
  calls_->contexts_.insert(context_);
  if (calls_->closed_) context_->TryCancel();
}

RunningCalls::Guard::~Guard() {
  std::lock_guard lock(calls_->mutex_);
  calls_->contexts_.erase(context_);
}

void RunningCalls::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (grpc::ClientContext* context : contexts_) context->TryCancel();
}

absl::Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context) {
  if (status.ok()) return absl::OkStatus();
  std::string why = Trailer(context, kReasonTrailer);
  auto code = static_cast<absl::StatusCode>(status.error_code());
  if (code == absl::StatusCode::kUnavailable && why.empty()) {
    return Failure(
        code, reason::kDaemonUnreachable,
        StrCat("labd does not answer on ", context.peer().empty() ? "its socket" : context.peer(),
               ": ", status.error_message()));
  }
  if (code == absl::StatusCode::kDeadlineExceeded && why.empty()) {
    return Failure(code, "DEADLINE_EXCEEDED", "labd did not answer in time");
  }
  // Refused before labd looked at the call: it came from another machine.
  if (code == absl::StatusCode::kUnauthenticated && why.empty()) why = reason::kTokenRefused;
  if (code == absl::StatusCode::kPermissionDenied && why.empty()) why = reason::kScopeInsufficient;
  absl::Status result(code, status.error_message());
  if (!why.empty()) result = Failure(code, why, status.error_message());
  if (std::string errors = Trailer(context, kErrorsTrailer); !errors.empty()) {
    result.SetPayload(kErrorsUrl, absl::Cord(errors));
  }
  return result;
}

std::optional<v1::CheckReport> CheckReportOf(const absl::Status& status) {
  auto payload = status.GetPayload(kErrorsUrl);
  v1::CheckReport report;
  if (!payload || !report.ParseFromString(std::string(*payload))) return std::nullopt;
  return report;
}

absl::Status WithCheckReport(absl::Status status, const v1::CheckReport& report) {
  status.SetPayload(kErrorsUrl, absl::Cord(report.SerializeAsString()));
  return status;
}

bool IsUnreachable(const absl::Status& status) {
  const std::string why = ReasonOf(status);
  for (std::string_view one :
       {reason::kDaemonUnreachable, reason::kDaemonStartFailed, reason::kNameNotResolved,
        reason::kConnectFailed, reason::kTlsFailed, reason::kSshFailed}) {
    if (why == one) return true;
  }
  return false;
}

LabClient::LabClient(std::shared_ptr<grpc::Channel> channel, double deadline_seconds)
    : deadline_seconds_(deadline_seconds),
      calls_(std::make_unique<RunningCalls>()),
      jobs_(v1::JobService::NewStub(channel)),
      queue_(v1::QueueService::NewStub(channel)),
      metrics_(v1::MetricService::NewStub(channel)),
      groups_(v1::GroupService::NewStub(channel)),
      catalog_(v1::CatalogService::NewStub(channel)),
      artifacts_(v1::ArtifactService::NewStub(channel)),
      inspect_(v1::InspectService::NewStub(channel)),
      corpora_(v1::CorpusService::NewStub(channel)),
      system_(v1::SystemService::NewStub(channel)),
      storage_(v1::StorageService::NewStub(channel)),
      transfer_(v1::TransferService::NewStub(channel)) {}

void LabClient::CancelAll() { calls_->Close(); }

using Jobs = v1::JobService::Stub;

absl::StatusOr<v1::CreateJobResponse> LabClient::CreateJob(
    const v1::CreateJobRequest& request) const {
  return CallWorker(*calls_, *jobs_, &Jobs::CreateJob, request, deadline_seconds_, kCheckPatience);
}

absl::StatusOr<v1::CheckReport> LabClient::CheckJob(const v1::CheckJobRequest& request) const {
  return CallWorker(*calls_, *jobs_, &Jobs::CheckJob, request, deadline_seconds_, kCheckPatience);
}

absl::StatusOr<v1::Job> LabClient::GetJob(int64_t id) const {
  v1::GetJobRequest request;
  request.set_job_id(id);
  return Call(*calls_, *jobs_, &Jobs::GetJob, request, deadline_seconds_);
}

absl::StatusOr<v1::ListJobsResponse> LabClient::ListJobs(v1::ListJobsRequest request) const {
  v1::ListJobsResponse all;
  const TimePoint deadline = After(deadline_seconds_);
  do {
    v1::ListJobsResponse page;
    RETURN_IF_ERROR(CallOnce(*calls_, *jobs_, &Jobs::ListJobs, request, &page, deadline));
    request.set_page_token(page.next_page_token());
    all.set_paused_reason(page.paused_reason());
    for (v1::Job& job : *page.mutable_jobs()) *all.add_jobs() = std::move(job);
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<v1::JobConfig> LabClient::GetJobConfig(int64_t id) const {
  v1::GetJobRequest request;
  request.set_job_id(id);
  return Call(*calls_, *jobs_, &Jobs::GetJobConfig, request, deadline_seconds_);
}

absl::StatusOr<v1::Job> LabClient::PauseJob(int64_t id) const {
  return Call(*calls_, *jobs_, &Jobs::PauseJob, For(id), deadline_seconds_);
}
absl::StatusOr<v1::Job> LabClient::ResumeJob(int64_t id) const {
  return Call(*calls_, *jobs_, &Jobs::ResumeJob, For(id), deadline_seconds_);
}
absl::StatusOr<v1::Job> LabClient::CancelJob(int64_t id) const {
  return Call(*calls_, *jobs_, &Jobs::CancelJob, For(id), deadline_seconds_);
}
absl::StatusOr<v1::Job> LabClient::HoldJob(int64_t id) const {
  return Call(*calls_, *jobs_, &Jobs::HoldJob, For(id), deadline_seconds_);
}
absl::StatusOr<v1::Job> LabClient::ReleaseJob(int64_t id) const {
  return Call(*calls_, *jobs_, &Jobs::ReleaseJob, For(id), deadline_seconds_);
}
absl::StatusOr<v1::Job> LabClient::CheckpointJob(int64_t id) const {
  return Call(*calls_, *jobs_, &Jobs::CheckpointJob, For(id), deadline_seconds_);
}
absl::StatusOr<v1::SetJobResponse> LabClient::SetJob(const v1::SetJobRequest& request) const {
  return CallWorker(*calls_, *jobs_, &Jobs::SetJob, request, deadline_seconds_);
}

absl::StatusOr<v1::RemoveJobResponse> LabClient::RemoveJob(int64_t id) const {
  return Call(*calls_, *jobs_, &Jobs::RemoveJob, For(id), deadline_seconds_);
}

absl::StatusOr<v1::ListSamplesResponse> LabClient::ListSamples(int64_t id) const {
  v1::ListSamplesRequest request;
  request.set_job_id(id);
  return Call(*calls_, *jobs_, &Jobs::ListSamples, request, deadline_seconds_);
}

using Queue = v1::QueueService::Stub;

absl::StatusOr<v1::Job> LabClient::UpdateJob(const v1::UpdateJobRequest& request) const {
  return Call(*calls_, *queue_, &Queue::UpdateJob, request, deadline_seconds_);
}
absl::StatusOr<v1::MoveJobsResponse> LabClient::MoveJobs(const v1::MoveJobsRequest& request) const {
  return Call(*calls_, *queue_, &Queue::MoveJobs, request, deadline_seconds_);
}
absl::StatusOr<v1::CreateJobResponse> LabClient::DuplicateJob(
    const v1::DuplicateJobRequest& request) const {
  return CallWorker(*calls_, *queue_, &Queue::DuplicateJob, request, deadline_seconds_,
                    kCheckPatience);
}
absl::StatusOr<v1::CompareConfigsResponse> LabClient::CompareConfigs(
    const std::vector<int64_t>& ids) const {
  v1::CompareConfigsRequest request;
  request.mutable_job_ids()->Add(ids.begin(), ids.end());
  return Call(*calls_, *queue_, &Queue::CompareConfigs, request, deadline_seconds_);
}

absl::StatusOr<v1::Group> LabClient::GetGroup(std::string name) const {
  v1::GetGroupRequest request;
  request.set_group(std::move(name));
  return Call(*calls_, *groups_, &v1::GroupService::Stub::GetGroup, request, deadline_seconds_);
}

absl::StatusOr<v1::Catalog> LabClient::GetCatalog() const {
  return CallWorker(*calls_, *catalog_, &v1::CatalogService::Stub::GetCatalog,
                    v1::GetCatalogRequest(), deadline_seconds_);
}

absl::StatusOr<v1::ListCorporaResponse> LabClient::ListCorpora() const {
  return CallWorker(*calls_, *corpora_, &v1::CorpusService::Stub::ListCorpora,
                    v1::ListCorporaRequest(), deadline_seconds_);
}

absl::StatusOr<v1::Corpus> LabClient::AddCorpus(const v1::AddCorpusRequest& request) const {
  return CallWorker(*calls_, *corpora_, &v1::CorpusService::Stub::AddCorpus, request,
                    kReadTextSeconds);
}

absl::StatusOr<v1::CorpusPreview> LabClient::PreviewCorpus(
    const v1::PreviewCorpusRequest& request) const {
  return CallWorker(*calls_, *corpora_, &v1::CorpusService::Stub::PreviewCorpus, request,
                    kReadTextSeconds);
}

absl::Status LabClient::RemoveCorpus(const std::string& name) const {
  v1::RemoveCorpusRequest request;
  request.set_name(name);
  return Call(*calls_, *corpora_, &v1::CorpusService::Stub::RemoveCorpus, request,
              deadline_seconds_)
      .status();
}

absl::StatusOr<v1::TokenizeResponse> LabClient::Tokenize(const v1::TokenizeRequest& request) const {
  return CallWorker(*calls_, *corpora_, &v1::CorpusService::Stub::Tokenize, request,
                    deadline_seconds_);
}

absl::StatusOr<v1::ListArtifactsResponse> LabClient::ListArtifacts(int64_t id) const {
  v1::ListArtifactsRequest request;
  request.set_job_id(id);
  return Call(*calls_, *artifacts_, &v1::ArtifactService::Stub::ListArtifacts, request,
              deadline_seconds_);
}

absl::StatusOr<v1::ListCheckpointsResponse> LabClient::ListCheckpoints(
    const std::vector<int64_t>& ids) const {
  v1::ListCheckpointsRequest request;
  request.mutable_job_ids()->Add(ids.begin(), ids.end());
  return Call(*calls_, *artifacts_, &v1::ArtifactService::Stub::ListCheckpoints, request,
              deadline_seconds_);
}

absl::StatusOr<v1::DeleteArtifactResponse> LabClient::DeleteArtifact(int64_t id,
                                                                     std::string name) const {
  v1::DeleteArtifactRequest request;
  request.set_job_id(id);
  request.set_name(std::move(name));
  return Call(*calls_, *artifacts_, &v1::ArtifactService::Stub::DeleteArtifact, request,
              deadline_seconds_);
}

absl::StatusOr<v1::OpenResponse> LabClient::Open(std::string reference) const {
  v1::OpenRequest request;
  request.set_reference(std::move(reference));
  return CallWorker(*calls_, *inspect_, &v1::InspectService::Stub::Open, request,
                    2 * deadline_seconds_);
}

absl::Status LabClient::Close(std::string session) const {
  v1::CloseRequest request;
  request.set_session(std::move(session));
  return Call(*calls_, *inspect_, &v1::InspectService::Stub::Close, request, deadline_seconds_)
      .status();
}

absl::StatusOr<v1::System> LabClient::GetSystem() const {
  return Call(*calls_, *system_, &v1::SystemService::Stub::GetSystem, v1::GetSystemRequest(),
              deadline_seconds_);
}

absl::Status LabClient::Shutdown() const {
  return Call(*calls_, *system_, &v1::SystemService::Stub::Shutdown, v1::ShutdownRequest(),
              deadline_seconds_)
      .status();
}

absl::StatusOr<v1::Storage> LabClient::GetStorage() const {
  return Call(*calls_, *storage_, &v1::StorageService::Stub::GetStorage, v1::GetStorageRequest(),
              kLongSeconds);
}

absl::StatusOr<v1::PruneStorageResponse> LabClient::PruneStorage(
    const v1::PruneStorageRequest& request) const {
  return Call(*calls_, *storage_, &v1::StorageService::Stub::PruneStorage, request, kLongSeconds);
}

absl::StatusOr<v1::DiagnoseResponse> LabClient::Diagnose(bool deep) const {
  v1::DiagnoseRequest request;
  request.set_deep(deep);
  return Call(*calls_, *storage_, &v1::StorageService::Stub::Diagnose, request, kLongSeconds);
}

absl::Status LabClient::ExportJobs(const v1::ExportJobsRequest& request,
                                   const Receive<v1::ArchiveChunk>& receive,
                                   Cancellation* cancellation) const {
  return Stream(*calls_, *transfer_, &v1::TransferService::Stub::ExportJobs, request, receive,
                cancellation);
}

absl::StatusOr<v1::ImportJobsResponse> LabClient::ImportJobs(
    const std::function<absl::StatusOr<bool>(v1::ArchiveChunk*)>& next,
    Cancellation* cancellation) const {
  grpc::ClientContext context;
  RunningCalls::Guard open(calls_.get(), &context);
  v1::ImportJobsResponse response;
  auto writer = transfer_->ImportJobs(&context, &response);
  Cancellation::Guard guard(cancellation, &context);
  absl::Status failed;
  v1::ArchiveChunk chunk;
  while (true) {
    absl::StatusOr<bool> more = next(&chunk);
    if (!more.ok()) {
      // labd must not take what came so far for a whole file.
      failed = more.status();
      context.TryCancel();
      break;
    }
    // A write fails when labd has refused what came; Finish says why.
    if (!*more || !writer->Write(chunk)) break;
  }
  if (failed.ok()) writer->WritesDone();
  grpc::Status status = writer->Finish();
  RETURN_IF_ERROR(failed);
  if (cancellation != nullptr && cancellation->cancelled()) {
    return absl::CancelledError("interrupted");
  }
  RETURN_IF_ERROR(FromGrpc(status, context));
  return response;
}

absl::Status LabClient::ReadMetrics(const v1::ReadMetricsRequest& request,
                                    const Receive<v1::SeriesPart>& receive,
                                    Cancellation* cancellation) const {
  return Stream(*calls_, *metrics_, &v1::MetricService::Stub::ReadMetrics, request, receive,
                cancellation);
}

absl::Status LabClient::ReadGroup(const v1::ReadGroupRequest& request,
                                  const Receive<v1::GroupPart>& receive,
                                  Cancellation* cancellation) const {
  return Stream(*calls_, *groups_, &v1::GroupService::Stub::ReadGroup, request, receive,
                cancellation);
}

absl::Status LabClient::ReadLog(const v1::ReadLogRequest& request,
                                const Receive<v1::LogChunk>& receive,
                                Cancellation* cancellation) const {
  return Stream(*calls_, *jobs_, &Jobs::ReadLog, request, receive, cancellation);
}

absl::Status LabClient::ReadArtifact(const v1::ReadArtifactRequest& request,
                                     const Receive<v1::FileChunk>& receive,
                                     Cancellation* cancellation) const {
  return Stream(*calls_, *artifacts_, &v1::ArtifactService::Stub::ReadArtifact, request, receive,
                cancellation);
}

absl::Status LabClient::Generate(const v1::GenerateRequest& request,
                                 const Receive<v1::GenerateEvent>& receive,
                                 Cancellation* cancellation) const {
  return Stream(*calls_, *inspect_, &v1::InspectService::Stub::Generate, request, receive,
                cancellation);
}

absl::Status LabClient::Inspect(const v1::InspectRequest& request,
                                const Receive<v1::InspectEvent>& receive,
                                Cancellation* cancellation) const {
  return Stream(*calls_, *inspect_, &v1::InspectService::Stub::Inspect, request, receive,
                cancellation);
}

absl::Status LabClient::WatchSystem(double interval_seconds, const Receive<v1::System>& receive,
                                    Cancellation* cancellation) const {
  v1::WatchSystemRequest request;
  request.set_interval_seconds(interval_seconds);
  return Stream(*calls_, *system_, &v1::SystemService::Stub::WatchSystem, request, receive,
                cancellation);
}

absl::Status LabClient::ReadDaemonLog(const v1::ReadDaemonLogRequest& request,
                                      const Receive<v1::DaemonLogChunk>& receive,
                                      Cancellation* cancellation) const {
  return Stream(*calls_, *system_, &v1::SystemService::Stub::ReadDaemonLog, request, receive,
                cancellation);
}

absl::Status LabClient::WatchJobOnce(const v1::WatchJobRequest& request,
                                     const Receive<v1::WatchEvent>& receive,
                                     Cancellation* cancellation) const {
  return Stream(*calls_, *jobs_, &Jobs::WatchJob, request, receive, cancellation);
}

}  // namespace lab
