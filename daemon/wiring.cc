#include "daemon/wiring.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"
#include "daemon/job_folder.h"
#include "daemon/recovery.h"
#include "daemon/service/pinned_references.h"
#include "daemon/storage/storage_guard.h"

namespace lab {

SchedulerWiring::SchedulerWiring(Store* store, Supervisor* supervisor, Places places,
                                 const StorageGuard* storage)
    : store_(store), supervisor_(supervisor), places_(std::move(places)), storage_(storage) {}

absl::StatusOr<CreatedJobs> SchedulerWiring::CreateJobs(const std::vector<NewJob>& jobs,
                                                        const std::string& wanted_group,
                                                        const std::string& request_id) {
  return store_->CreateJobs(jobs, wanted_group, request_id);
}
absl::StatusOr<v1::Job> SchedulerWiring::GetJob(int64_t job) { return store_->GetJob(job); }
absl::StatusOr<JobRecord> SchedulerWiring::GetJobRecord(int64_t job) {
  return store_->GetJobRecord(job);
}
absl::StatusOr<std::vector<JobRecord>> SchedulerWiring::JobsInState(
    const std::vector<JobState>& states) {
  return store_->JobsInState(states);
}
absl::StatusOr<std::vector<JobRecord>> SchedulerWiring::NextQueued() {
  return store_->NextQueued(1);
}
absl::StatusOr<std::vector<JobRecord>> SchedulerWiring::MisplacedJobs() {
  return store_->MisplacedJobs();
}
absl::Status SchedulerWiring::ArrangeJobs(const std::vector<int64_t>& jobs, QueuePlace place,
                                          int64_t before) {
  return store_->ArrangeJobs(jobs, place, before);
}
absl::Status SchedulerWiring::UpdateJob(int64_t job, const JobChange& change) {
  return store_->UpdateJob(job, change);
}
void SchedulerWiring::UpdateJobEventually(int64_t job, const JobChange& change) {
  store_->UpdateJobEventually(job, change);
}
absl::Status SchedulerWiring::Flush() { return store_->Flush(); }
absl::StatusOr<std::optional<v1::Checkpoint>> SchedulerWiring::NewestFullCheckpoint(int64_t job) {
  return store_->NewestFullCheckpoint(job);
}
absl::StatusOr<int64_t> SchedulerWiring::LastWorkerNumber(int64_t job, int64_t attempt) {
  return store_->LastWorkerNumber(job, attempt);
}
absl::Status SchedulerWiring::BeginAttempt(int64_t job, int64_t attempt, int64_t resumed_step) {
  return store_->BeginAttempt(job, attempt, resumed_step);
}

absl::Status SchedulerWiring::AddChanges(int64_t job, int64_t after,
                                         const std::vector<v1::Change>& changes,
                                         const std::string& resolved) {
  return store_->AddChanges(job, after, changes, resolved);
}

absl::StatusOr<int64_t> SchedulerWiring::RemoveJob(int64_t job) {
  // The record first: a folder without a record does no harm, and ids are never reused.
  RETURN_IF_ERROR(store_->RemoveJob(job));
  return DeleteJobFolder(places_, job);
}

absl::Status SchedulerWiring::SettleBeginning(int64_t job, std::string* resolved) {
  const std::string before = *resolved;
  JobChange change;
  auto find = [&](std::string_view reference) {
    return ResolveReference(*store_, places_, reference);
  };
  RETURN_IF_ERROR(PinLateReferences(find, resolved, &change.parent));
  if (*resolved == before) return absl::OkStatus();
  change.resolved = *resolved;
  return store_->UpdateJob(job, change);
}

absl::Status SchedulerWiring::PrepareFolder(int64_t job) {
  ASSIGN_OR_RETURN(JobTexts texts, store_->GetJobTexts(job));
  absl::Status made = MakeJobFolder(places_, job, texts.resolved);
  bool later = ReasonOf(made) == reason::kDiskFull || absl::IsPermissionDenied(made);
  // Whatever else is wrong is this job's own matter, and fails it when it starts.
  if (!made.ok()) return later ? made : absl::OkStatus();
  // Of a worker that was killed before it could report its last checkpoint.
  absl::Status taken = TakeInFarewells(*store_, places_, job);
  if (ReasonOf(taken) == reason::kDiskFull) return taken;
  if (!taken.ok()) {
    spdlog::error("the checkpoints of job {}: {}", job, std::string(MessageOf(taken)));
  }
  return absl::OkStatus();
}

absl::Status SchedulerWiring::StartWorker(int64_t job, int64_t attempt, int64_t first_number,
                                          const std::string& resume) {
  ASSIGN_OR_RETURN(JobTexts texts, store_->GetJobTexts(job));
  if (resume.empty()) RETURN_IF_ERROR(SettleBeginning(job, &texts.resolved));
  RETURN_IF_ERROR(MakeJobFolder(places_, job, texts.resolved));
  RunRequest run;
  run.job = job;
  run.attempt = attempt;
  run.first_number = first_number;
  run.folder = places_.job(job).string();
  run.jobs = places_.jobs().string();
  run.cache = places_.cache.string();
  run.config = texts.resolved;
  ASSIGN_OR_RETURN(run.changes, store_->ListChanges(job));
  if (!resume.empty()) run.resume = CheckpointFolder(places_, job, resume).string();
  supervisor_->StartJob(std::move(run));
  return absl::OkStatus();
}

void SchedulerWiring::StopWorker(int64_t job, StopMode mode) { supervisor_->StopJob(job, mode); }
void SchedulerWiring::CheckpointWorker(int64_t job) { supervisor_->CheckpointJob(job); }
void SchedulerWiring::ChangeWorker(int64_t job, const std::vector<v1::Change>& changes) {
  supervisor_->ChangeJob(job, changes);
}

std::string SchedulerWiring::Trouble() {
  std::string trouble = store_->trouble();
  if (trouble.empty()) trouble = supervisor_->Trouble();
  return trouble.empty() && storage_ != nullptr ? storage_->Trouble() : trouble;
}

SupervisorWiring::SupervisorWiring(Store* store, Catalog* catalog, Places places)
    : store_(store), catalog_(catalog), places_(std::move(places)) {}

absl::Status SupervisorWiring::Described(const nlohmann::json& description) {
  return catalog_->Describe(description);
}

void SupervisorWiring::JobStarted(int64_t job, int64_t attempt, int64_t pid) {
  spdlog::info("job {}: attempt {} runs as process {}", job, attempt, pid);
  scheduler_->JobStarted(job, attempt, pid);
}

void SupervisorWiring::JobReported(int64_t job, int64_t attempt, WorkerBatch batch) {
  store_->Append(job, attempt, std::move(batch));
}

void SupervisorWiring::JobProgressed(int64_t job, const v1::Progress& progress) {
  store_->SetProgress(job, progress);
}

void SupervisorWiring::JobLogged(int64_t job, const LogMessage& line) {
  absl::Status status = AppendJobLog(places_, job, line.text, job_log_max_bytes_);
  if (!status.ok()) spdlog::warn("job {}'s log: {}", job, std::string(MessageOf(status)));
  std::string_view rest = line.text;
  while (!rest.empty()) {
    size_t end = rest.find('\n');
    store_->PostLog(job, rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

void SupervisorWiring::JobEnded(int64_t job, int64_t attempt, const WorkerEnd& end) {
  spdlog::info("job {}: attempt {} ended: {} {}", job, attempt, end.outcome, end.message);
  if (end.outcome == "crashed" || end.outcome == "failed") {
    JobLogged(job, {"error", StrCat("labd: ", end.message, " (", end.reason, ")")});
  }
  scheduler_->JobEnded(job, attempt, end);
}

bool SupervisorWiring::HasRoom() { return store_->HasRoom(); }

}  // namespace lab
