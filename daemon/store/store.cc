#include "daemon/store/store.h"

#include <algorithm>
#include <utility>

#include "core/base/frame.h"
#include "core/base/strings.h"
#include "daemon/store/change_store.h"
#include "daemon/store/dependency_store.h"
#include "daemon/store/event_store.h"
#include "daemon/store/intake.h"
#include "daemon/store/job_store.h"
#include "daemon/store/live_state.h"
#include "daemon/store/metric_store.h"
#include "daemon/store/read_pool.h"
#include "daemon/store/schema.h"
#include "daemon/store/writer.h"

namespace lab {
namespace {

v1::WatchEvent StateEvent(v1::Job::State state, int64_t attempt, const v1::JobError& error) {
  v1::WatchEvent event;
  event.mutable_state()->set_state(state);
  event.mutable_state()->set_attempt(attempt);
  // Nobody but labd gives a reason for holding a job.
  bool explains = state == v1::Job::FAILED || state == v1::Job::HELD;
  if (explains && !error.reason().empty()) *event.mutable_state()->mutable_error() = error;
  return event;
}

absl::Status ApplyChange(Database* database, Intake* intake, int64_t id, const JobChange& change,
                         int64_t now_ms) {
  JobStore jobs(database);
  ASSIGN_OR_RETURN(JobRecord before, jobs.Get(id));
  RETURN_IF_ERROR(jobs.Update(id, change, now_ms));
  if (!change.state || *change.state == before.job.state()) return absl::OkStatus();
  v1::JobError error = change.error.value_or(before.job.error());
  return intake->AddOwn(id, before.job.attempt(),
                        StateEvent(*change.state, before.job.attempt(), error));
}

v1::WatchEvent RewindMark(int64_t attempt, Moment resumed, int64_t newest_step) {
  v1::WatchEvent event;
  v1::Mark* mark = event.mutable_mark();
  mark->set_step(resumed.step);
  mark->set_kind("rewind");
  if (resumed.sequence != kLastMoment.sequence) mark->set_kept_sequence(resumed.sequence);
  const char* was = newest_step > resumed.step ? "it had come to step " : "it was still at step ";
  mark->set_text(resumed.step < 0
                     ? StrCat("attempt ", attempt, " starts afresh; ", was, newest_step)
                     : StrCat("attempt ", attempt, " goes on from step ", resumed.step, "; ", was,
                              newest_step));
  return event;
}

absl::Status StartAttempt(Database* database, Intake* intake, int64_t job, int64_t attempt,
                          int64_t resumed_step) {
  JobStore jobs(database);
  RETURN_IF_ERROR(jobs.Get(job).status());
  ASSIGN_OR_RETURN(Cuts before, ReadCuts(database, job));
  if (attempt < before.newest_attempt()) {
    return absl::FailedPreconditionError(
        StrCat("job ", job, " is at attempt ", before.newest_attempt(), ", after ", attempt));
  }
  MetricStore metrics(database);
  EventStore events(database);
  ASSIGN_OR_RETURN(Moment newest_point, metrics.Newest(job, before));
  ASSIGN_OR_RETURN(Moment newest_event, events.Newest(job, before));
  ASSIGN_OR_RETURN(bool is_new, InsertAttempt(database, job, attempt, resumed_step));
  if (!is_new) return absl::OkStatus();
  RETURN_IF_ERROR(jobs.SetAttempt(job, attempt));
  RETURN_IF_ERROR(jobs.SetEnding(job, ""));
  RETURN_IF_ERROR(metrics.SealAll(job));
  const Moment newest = std::max(newest_point, newest_event);
  ASSIGN_OR_RETURN(Moment resumed, ReadResumed(database, job, attempt));
  if (newest <= resumed) return absl::OkStatus();
  ASSIGN_OR_RETURN(Cuts after, ReadCuts(database, job));
  RETURN_IF_ERROR(metrics.Summarise(job, after));
  return intake->AddOwn(job, attempt, RewindMark(attempt, resumed, newest.step));
}

absl::Status DamagedFarewell(std::string_view what) {
  return Failure(absl::StatusCode::kDataLoss, reason::kCheckpointCorrupt,
                 StrCat("the unacknowledged events of a farewell checkpoint: ", what));
}

absl::StatusOr<WorkerBatch> ParseFarewell(std::string_view bytes, int64_t attempt) {
  FrameDecoder decoder;
  decoder.Append(bytes);
  WorkerFrames frames(/*trusting=*/true);
  while (true) {
    absl::StatusOr<std::optional<Frame>> frame = decoder.Next();
    if (!frame.ok()) return DamagedFarewell(MessageOf(frame.status()));
    if (!*frame) break;
    if (auto given = (*frame)->header.find("attempt");
        given != (*frame)->header.end() && *given != attempt) {
      return absl::FailedPreconditionError(
          StrCat("the farewell is of attempt ", given->dump(), ", not ", attempt));
    }
    absl::Status added = frames.Add(**frame);
    if (!added.ok()) return DamagedFarewell(MessageOf(added));
  }
  if (!decoder.empty()) return DamagedFarewell("they end inside a frame");
  return frames.Take();
}

}  // namespace

Store::Store() = default;
Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& path, CommittedEvents* events,
                                                   const Clock* clock, StoreOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::Open(path, Database::Mode::kWrite));
  RETURN_IF_ERROR(Migrate(database.get(), SchemaSteps()));
  ASSIGN_OR_RETURN(int64_t bytes,
                   database->QueryInt(0,
                                      "SELECT page_count * page_size "
                                      "FROM pragma_page_count(), pragma_page_size()"));
  RETURN_IF_ERROR(
      CheckIntegrity(database.get(), bytes > options.whole_check_bytes ? "chunks" : ""));
  if (options.max_pages > 0) {
    RETURN_IF_ERROR(database->Script(StrCat("PRAGMA max_page_count = ", options.max_pages)));
  }
  std::unique_ptr<Store> store(new Store());
  store->live_ = std::make_unique<LiveState>();
  store->readers_ = std::make_unique<ReadPool>(path);
  store->events_ = events;
  store->clock_ = clock;
  store->writer_ = std::make_unique<StoreWriter>(std::move(database), events, clock, options,
                                                 store->live_.get());
  return store;
}

void Store::OnCommitted(std::function<void(int64_t, int64_t, int64_t)> callback) {
  writer_->SetCallbacks(std::move(callback), nullptr);
}

void Store::OnRefused(std::function<void(int64_t, int64_t, absl::Status)> callback) {
  writer_->SetCallbacks(nullptr, std::move(callback));
}

absl::StatusOr<CreatedJobs> Store::CreateJobs(const std::vector<NewJob>& jobs,
                                              std::string_view wanted_group,
                                              std::string_view request_id) {
  CreatedJobs created;
  RETURN_IF_ERROR(writer_->Run([&](Database* database, Intake* intake) -> absl::Status {
    ASSIGN_OR_RETURN(
        created, JobStore(database).Create(jobs, wanted_group, request_id, clock_->UnixMillis()));
    if (created.repeated) return absl::OkStatus();
    for (size_t i = 0; i < jobs.size(); ++i) {
      v1::Job::State state = jobs[i].hold ? v1::Job::HELD : v1::Job::QUEUED;
      RETURN_IF_ERROR(intake->AddOwn(created.ids[i], 1, StateEvent(state, 1, {})));
    }
    return absl::OkStatus();
  }));
  return created;
}

absl::StatusOr<v1::Job> Store::GetJob(int64_t id) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(lease.get(), false));
  ASSIGN_OR_RETURN(JobRecord record, JobStore(lease.get()).Get(id));
  ASSIGN_OR_RETURN(std::vector<v1::MetricSummary> summary, MetricStore(lease.get()).Summaries(id));
  ASSIGN_OR_RETURN(std::vector<v1::Checkpoint> checkpoints,
                   EventStore(lease.get()).ListCheckpoints(id));
  ASSIGN_OR_RETURN(auto origins, ReadOrigins(lease.get(), id));
  v1::Job job = std::move(record.job);
  if (!origins.empty()) *job.mutable_origin() = origins.begin()->second;
  job.mutable_summary()->Add(summary.begin(), summary.end());
  job.mutable_checkpoints()->Add(checkpoints.begin(), checkpoints.end());
  ASSIGN_OR_RETURN(auto dependencies, DependencyStore(lease.get()).Of({id}));
  job.mutable_dependencies()->Add(dependencies[id].begin(), dependencies[id].end());
  ASSIGN_OR_RETURN(std::vector<v1::Change> changes, ChangeStore(lease.get()).List(id));
  job.mutable_changes()->Add(changes.begin(), changes.end());
  live_->Complete(&job);
  return job;
}

absl::StatusOr<JobRecord> Store::GetJobRecord(int64_t id) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(JobRecord record, JobStore(lease.get()).Get(id));
  live_->Complete(&record.job);
  return record;
}

absl::StatusOr<JobPage> Store::ListJobs(const JobFilter& filter) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(lease.get(), false));
  ASSIGN_OR_RETURN(JobPage page, JobStore(lease.get()).List(filter));
  MetricStore metrics(lease.get());
  std::vector<int64_t> ids;
  for (const v1::Job& job : page.jobs) ids.push_back(job.id());
  ASSIGN_OR_RETURN(auto dependencies, DependencyStore(lease.get()).Of(ids));
  ASSIGN_OR_RETURN(auto origins, ReadOrigins(lease.get()));
  for (v1::Job& job : page.jobs) {
    if (auto own = dependencies.find(job.id()); own != dependencies.end()) {
      job.mutable_dependencies()->Add(own->second.begin(), own->second.end());
    }
    auto origin = origins.find(job.id());
    if (origin != origins.end()) *job.mutable_origin() = origin->second;
    ASSIGN_OR_RETURN(std::vector<v1::MetricSummary> summary, metrics.Summaries(job.id()));
    job.mutable_summary()->Add(summary.begin(), summary.end());
    live_->Complete(&job);
  }
  return page;
}

absl::StatusOr<JobTexts> Store::GetJobTexts(int64_t id) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return JobStore(lease.get()).GetTexts(id);
}

absl::Status Store::UpdateJob(int64_t id, const JobChange& change) {
  return writer_->Run([&](Database* database, Intake* intake) {
    return ApplyChange(database, intake, id, change, clock_->UnixMillis());
  });
}

void Store::UpdateJobEventually(int64_t id, const JobChange& change) {
  // The time is that of the change, however long the disk is full.
  int64_t now_ms = clock_->UnixMillis();
  writer_->Post([id, change, now_ms](Database* database, Intake* intake) {
    return ApplyChange(database, intake, id, change, now_ms);
  });
}

absl::Status Store::AddChanges(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                               std::string_view resolved) {
  return writer_->Run([&](Database* database, Intake*) -> absl::Status {
    RETURN_IF_ERROR(JobStore(database).Get(job).status());
    return ChangeStore(database).Add(job, after, changes, resolved, clock_->UnixMillis());
  });
}

absl::StatusOr<std::vector<v1::Change>> Store::ListChanges(int64_t job) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return ChangeStore(lease.get()).List(job);
}

absl::Status Store::RemoveJob(int64_t id) {
  RETURN_IF_ERROR(writer_->Run(
      [&](Database* database, Intake* intake) {
        absl::Status removed = JobStore(database).Remove(id);
        if (removed.ok()) intake->Forget(id);
        return removed;
      },
      /*frees_space=*/true));
  live_->Forget(id);
  // Its watchers look again and find nothing.
  if (events_) events_->Missed(id);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<JobRecord>> Store::JobsInState(
    const std::vector<v1::Job::State>& states) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(std::vector<JobRecord> records, JobStore(lease.get()).InState(states));
  for (JobRecord& record : records) live_->Complete(&record.job);
  return records;
}

absl::StatusOr<int64_t> Store::CountJobs(const std::vector<v1::Job::State>& states) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return JobStore(lease.get()).Count(states);
}

absl::StatusOr<std::vector<JobRecord>> Store::MisplacedJobs() const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(lease.get(), false));
  return JobStore(lease.get()).Misplaced();
}

absl::Status Store::ArrangeJobs(const std::vector<int64_t>& ids, QueuePlace place, int64_t before) {
  return writer_->Run(
      [&](Database* database, Intake*) { return JobStore(database).Arrange(ids, place, before); });
}

absl::StatusOr<std::vector<JobRecord>> Store::NextQueued(int64_t limit) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return JobStore(lease.get()).NextQueued(limit);
}

absl::StatusOr<std::vector<int64_t>> Store::GroupMembers(std::string_view group) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return JobStore(lease.get()).GroupMembers(group);
}

absl::Status Store::BeginAttempt(int64_t job, int64_t attempt, int64_t resumed_step) {
  return writer_->Run([&](Database* database, Intake* intake) {
    return StartAttempt(database, intake, job, attempt, resumed_step);
  });
}

bool Store::Append(int64_t job, int64_t attempt, WorkerBatch batch) {
  return writer_->Append(job, attempt, std::move(batch));
}

bool Store::HasRoom() const { return writer_->HasRoom(); }

absl::Status Store::Flush() {
  return writer_->Run([](Database*, Intake*) { return absl::OkStatus(); });
}

absl::Status Store::ImportFarewell(int64_t job, int64_t attempt, std::string_view frames) {
  ASSIGN_OR_RETURN(WorkerBatch batch, ParseFarewell(frames, attempt));
  absl::Status imported =
      writer_->Run([&](Database*, Intake* intake) { return intake->Add(job, attempt, batch); });
  if (ReasonOf(imported) == reason::kWorkerProtocol) return DamagedFarewell(MessageOf(imported));
  return imported;
}

absl::StatusOr<int64_t> Store::LastWorkerNumber(int64_t job, int64_t attempt) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(std::optional<int64_t> number, ReadLastNumber(lease.get(), job, attempt));
  return number.value_or(0);
}

void Store::SetProgress(int64_t job, const v1::Progress& progress) {
  live_->SetProgress(job, progress);
  v1::WatchEvent event;
  *event.mutable_progress() = progress;
  PostTransient(job, std::move(event));
}

void Store::PostLog(int64_t job, std::string_view line) {
  v1::WatchEvent event;
  event.mutable_log()->set_text(ReplaceInvalidUtf8(line));
  PostTransient(job, std::move(event));
}

void Store::PostTransient(int64_t job, v1::WatchEvent event) {
  if (!events_ || !events_->Wanted(job)) return;
  std::optional<int64_t> sequence = live_->Sequence(job);
  if (!sequence) {
    absl::StatusOr<int64_t> stored = LastSequence(job);
    sequence = stored.ok() ? *stored : 0;
  }
  event.set_sequence(*sequence);
  *event.mutable_time() = ToTimestamp(clock_->UnixMillis());
  events_->Post(job, std::make_shared<const v1::WatchEvent>(std::move(event)));
}

absl::StatusOr<std::optional<v1::Checkpoint>> Store::NewestFullCheckpoint(int64_t job) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return EventStore(lease.get()).NewestFullCheckpoint(job);
}

absl::StatusOr<bool> Store::KnowsTrainer(int64_t job, std::string_view name,
                                         std::string_view trainer_sha256) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return EventStore(lease.get()).KnowsTrainer(job, name, trainer_sha256);
}

absl::StatusOr<std::vector<CheckpointsOfJob>> Store::ListCheckpoints(
    const std::vector<int64_t>& jobs) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return ReadCheckpoints(lease.get(), jobs);
}

absl::Status Store::DropCheckpoint(int64_t job, std::string_view name) {
  return writer_->Run(
      [&](Database* database, Intake*) { return EventStore(database).DropCheckpoint(job, name); },
      /*frees_space=*/true);
}

absl::Status Store::ReadMetrics(int64_t job, const std::vector<std::string>& names,
                                int64_t max_points, bool all_attempts,
                                const std::function<bool(const v1::SeriesPart&)>& part,
                                StepRange range) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return ReadSeries(lease.get(), job, names, max_points, all_attempts, range, part);
}

absl::StatusOr<History> Store::ReadEventsAfter(int64_t job, int64_t after,
                                               const std::vector<std::string>& kinds,
                                               int64_t limit) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return EventStore(lease.get()).ReadAfter(job, after, kinds, limit);
}

absl::StatusOr<std::vector<v1::Sample>> Store::ListSamples(int64_t job) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  RETURN_IF_ERROR(JobStore(lease.get()).Get(job).status());
  return EventStore(lease.get()).ListSamples(job);
}

absl::StatusOr<int64_t> Store::LastSequence(int64_t job) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(JobRecord record, JobStore(lease.get()).Get(job));
  return record.job.last_sequence();
}

absl::StatusOr<JobCopy> Store::ReadJobCopy(int64_t job) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  ASSIGN_OR_RETURN(JobCopy copy, lab::ReadJobCopy(lease.get(), job));
  live_->Complete(&copy.record.job);
  return copy;
}

absl::StatusOr<std::vector<PointCopy>> Store::ReadPointCopies(int64_t job, int64_t metric,
                                                              int64_t after,
                                                              int64_t through) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return lab::ReadPointCopies(lease.get(), job, metric, after, through);
}

absl::StatusOr<std::vector<EventCopy>> Store::ReadEventCopies(int64_t job, int64_t after,
                                                              int64_t through,
                                                              int64_t limit) const {
  ASSIGN_OR_RETURN(ReadPool::Lease lease, readers_->Take());
  return lab::ReadEventCopies(lease.get(), job, after, through, limit);
}

absl::StatusOr<std::vector<int64_t>> Store::ReserveJobIds(int64_t count) {
  std::vector<int64_t> ids;
  RETURN_IF_ERROR(writer_->Run([&](Database* database, Intake*) -> absl::Status {
    ASSIGN_OR_RETURN(ids, lab::ReserveJobIds(database, count));
    return absl::OkStatus();
  }));
  return ids;
}

absl::Status Store::SkipJobIdsThrough(int64_t id) {
  return writer_->Run(
      [&](Database* database, Intake*) { return lab::SkipJobIdsThrough(database, id); });
}

absl::StatusOr<std::string> Store::InsertJobCopies(const std::vector<ReservedCopy>& copies,
                                                   std::string_view wanted_group) {
  std::string group;
  RETURN_IF_ERROR(writer_->Run([&](Database* database, Intake*) -> absl::Status {
    group.clear();
    if (!wanted_group.empty()) {
      ASSIGN_OR_RETURN(group, JobStore(database).NewGroup(wanted_group, clock_->UnixMillis()));
    }
    for (const ReservedCopy& one : copies) {
      RETURN_IF_ERROR(InsertJobCopy(database, one.id, one.copy, group, one.origin, one.source()));
    }
    return absl::OkStatus();
  }));
  return group;
}

absl::Status Store::AddMark(int64_t job, const v1::Mark& mark) {
  return writer_->Run([&](Database* database, Intake* intake) -> absl::Status {
    ASSIGN_OR_RETURN(JobRecord record, JobStore(database).Get(job));
    v1::WatchEvent event;
    *event.mutable_mark() = mark;
    return intake->AddOwn(job, record.job.attempt(), std::move(event));
  });
}

int64_t Store::revision() const { return live_->revision(); }

std::string Store::trouble() const { return writer_->trouble(); }

}  // namespace lab
