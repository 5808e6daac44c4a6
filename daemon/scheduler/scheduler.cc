#include "daemon/scheduler/scheduler.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"

namespace lab {
namespace {

using Job = v1::Job;

absl::Status Leaving() { return absl::UnavailableError("labd is leaving"); }

bool HasWorker(JobState state) { return state == Job::RUNNING || state == Job::STOPPING; }

v1::JobError MakeError(std::string_view reason, std::string_view message) {
  v1::JobError error;
  error.set_reason(std::string(reason));
  error.set_message(std::string(message));
  return error;
}

}  // namespace

Scheduler::Scheduler(Options options, Delegate* delegate)
    : options_(std::move(options)),
      max_crashes_(options_.max_crashes),
      delegate_(delegate),
      devices_(options_.devices) {}

Scheduler::~Scheduler() { Stop(); }

// --- the thread and its queue

absl::StatusOr<std::vector<int64_t>> Scheduler::Start() {
  ASSIGN_OR_RETURN(std::vector<JobRecord> records,
                   delegate_->JobsInState({Job::RUNNING, Job::STOPPING}));
  std::vector<int64_t> orphans;
  for (const JobRecord& record : records) {
    active_[record.job.id()] = {record.job.attempt(), true};
    devices_.Take(record.job.id());
    orphans.push_back(record.job.id());
  }
  {
    std::lock_guard lock(mutex_);
    stopped_ = false;
  }
  thread_ = std::thread([this] { Run(); });
  return orphans;
}

void Scheduler::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool Scheduler::Post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (stopped_) return false;
  work_.push_back(std::move(work));
  changed_.notify_all();
  return true;
}

absl::Status Scheduler::Do(const std::function<absl::Status()>& work) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable done;
    bool finished = false;
    absl::Status status;
  };
  auto shared = std::make_shared<Shared>();
  bool posted = Post([shared, &work] {
    absl::Status status = work();
    std::lock_guard lock(shared->mutex);
    shared->status = std::move(status);
    shared->finished = true;
    shared->done.notify_all();
  });
  if (!posted) return Leaving();
  std::unique_lock lock(shared->mutex);
  shared->done.wait(lock, [&] { return shared->finished; });
  return shared->status;
}

void Scheduler::Run() {
  while (true) {
    StartJobs();
    std::deque<std::function<void()>> work;
    {
      std::unique_lock lock(mutex_);
      auto news = [&] { return stopped_ || !work_.empty(); };
      if (queue_blocked_.empty()) {
        changed_.wait(lock, news);
      } else {
        changed_.wait_for(lock, std::chrono::duration<double>(options_.retry_seconds), news);
      }
      work.swap(work_);
      // Whoever posted before the end was promised an answer.
      if (stopped_ && work.empty()) return;
    }
    for (auto& each : work) each();
  }
}

int64_t Scheduler::active() const {
  std::lock_guard lock(mutex_);
  return active_count_;
}

bool Scheduler::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_ || !work_.empty();
}

std::string Scheduler::trouble() const {
  {
    std::lock_guard lock(mutex_);
    if (!blocked_.empty()) return blocked_;
  }
  return delegate_->Trouble();
}

// --- commands

absl::StatusOr<CreatedJobs> Scheduler::Create(std::vector<NewJob> jobs, std::string wanted_group,
                                              std::string request_id) {
  CreatedJobs created;
  RETURN_IF_ERROR(Do([&]() -> absl::Status {
    if (leaving_) return Leaving();
    ASSIGN_OR_RETURN(created, delegate_->CreateJobs(jobs, wanted_group, request_id));
    // One whose dependency has failed already is shown held. They are queued either way.
    StartJobs();
    return absl::OkStatus();
  }));
  return created;
}

absl::StatusOr<v1::Job> Scheduler::Command(
    Verb verb, int64_t job, const std::function<absl::Status(const JobRecord&)>& apply) {
  v1::Job after;
  RETURN_IF_ERROR(Do([&]() -> absl::Status {
    if (leaving_) return Leaving();
    ASSIGN_OR_RETURN(JobRecord record, delegate_->GetJobRecord(job));
    RETURN_IF_ERROR(CheckVerb(verb, record.job.state(), job));
    if (HasWorker(record.job.state()) && active_.count(job) == 0) {
      return absl::UnavailableError(StrCat("job ", job,
                                           " has just ended, which could not be "
                                           "written down yet: ",
                                           delegate_->Trouble()));
    }
    RETURN_IF_ERROR(apply(record));
    // A released or resumed job that can start at once is shown running.
    StartJobs();
    if (verb == Verb::kRemove) return absl::OkStatus();
    ASSIGN_OR_RETURN(after, delegate_->GetJob(job));
    return absl::OkStatus();
  }));
  return after;
}

absl::StatusOr<v1::Job> Scheduler::Pause(int64_t job) {
  return Command(Verb::kPause, job,
                 [&](const JobRecord& record) { return StopActive(record, Desired::kPause); });
}

absl::StatusOr<v1::Job> Scheduler::Resume(int64_t job) {
  return Command(Verb::kResume, job, [&](const JobRecord& record) {
    JobChange change;
    change.desired = Desired::kRun;
    change.crashes = 0;
    return Move(record, Job::QUEUED, std::move(change));
  });
}

absl::StatusOr<v1::Job> Scheduler::Cancel(int64_t job) {
  return Command(Verb::kCancel, job, [&](const JobRecord& record) { return Cancel(record); });
}

absl::StatusOr<v1::Job> Scheduler::Hold(int64_t job) {
  return Command(Verb::kHold, job,
                 [&](const JobRecord& record) { return Move(record, Job::HELD); });
}

absl::StatusOr<v1::Job> Scheduler::Checkpoint(int64_t job) {
  return Command(Verb::kCheckpoint, job, [&](const JobRecord&) -> absl::Status {
    if (active_[job].orphan) {
      return absl::UnavailableError(StrCat("job ", job,
                                           " is being taken over from an earlier "
                                           "labd; try again in a moment"));
    }
    delegate_->CheckpointWorker(job);
    return absl::OkStatus();
  });
}

void Scheduler::CheckpointAll() {
  Post([this] {
    int64_t asked = 0;
    for (const auto& [job, active] : active_) {
      if (active.orphan) continue;
      delegate_->CheckpointWorker(job);
      ++asked;
    }
    spdlog::info("asked {} running jobs for a checkpoint", asked);
  });
}

void Scheduler::AwaitTurn() {
  Do([] { return absl::OkStatus(); }).IgnoreError();
}

absl::StatusOr<v1::Job> Scheduler::Set(int64_t job, int64_t after,
                                       const std::vector<v1::Change>& changes,
                                       const std::string& resolved) {
  return Command(Verb::kSet, job, [&](const JobRecord&) -> absl::Status {
    RETURN_IF_ERROR(delegate_->AddChanges(job, after, changes, resolved));
    auto found = active_.find(job);
    // A worker that starts later is given all changes with its run.
    if (found == active_.end() || found->second.orphan) return absl::OkStatus();
    std::vector<v1::Change> numbered = changes;
    for (v1::Change& change : numbered) change.set_id(++after);
    delegate_->ChangeWorker(job, numbered);
    return absl::OkStatus();
  });
}

absl::StatusOr<int64_t> Scheduler::Remove(int64_t job) {
  int64_t freed = 0;
  absl::StatusOr<v1::Job> done = Command(Verb::kRemove, job, [&](const JobRecord&) -> absl::Status {
    ASSIGN_OR_RETURN(freed, delegate_->RemoveJob(job));
    return absl::OkStatus();
  });
  if (!done.ok()) return done.status();
  return freed;
}

absl::Status Scheduler::StopActive(const JobRecord& record, Desired desired) {
  JobChange change;
  change.desired = desired;
  if (record.job.state() == Job::RUNNING) {
    RETURN_IF_ERROR(Move(record, Job::STOPPING, std::move(change)));
  } else {
    RETURN_IF_ERROR(delegate_->UpdateJob(record.job.id(), change));
  }
  // An orphan's worker cannot be reached; it is leaving anyway.
  if (!active_[record.job.id()].orphan) {
    delegate_->StopWorker(record.job.id(),
                          desired == Desired::kPause ? StopMode::kPause : StopMode::kCancel);
  }
  return absl::OkStatus();
}

absl::Status Scheduler::Cancel(const JobRecord& record) {
  if (!HasWorker(record.job.state())) {
    JobChange change;
    change.error.emplace();  // why it was held is of no interest any more
    return Move(record, Job::CANCELLED, std::move(change));
  }
  if (record.desired == Desired::kCancel) return absl::OkStatus();
  return StopActive(record, Desired::kCancel);
}

absl::Status Scheduler::Move(const JobRecord& record, JobState to, JobChange change) {
  if (!MayBecome(record.job.state(), to)) {
    return Failure(absl::StatusCode::kInternal, reason::kInternal,
                   StrCat("job ", record.job.id(), " cannot become ", JobStateName(to), ": it is ",
                          JobStateName(record.job.state())));
  }
  change.state = to;
  if (!HasWorker(to)) {
    change.device = "";
    change.worker_pid = 0;
  }
  return delegate_->UpdateJob(record.job.id(), change);
}

void Scheduler::MoveEventually(const JobRecord& record, JobState to, JobChange change) {
  absl::Status status = delegate_->Flush();
  if (status.ok()) status = Move(record, to, change);
  if (status.ok()) return;
  spdlog::error("writing down that job {} is {}: {}", record.job.id(),
                std::string(JobStateName(to)), std::string(MessageOf(status)));
  if (!MayBecome(record.job.state(), to)) return;
  change.state = to;
  change.device = "";
  change.worker_pid = 0;
  delegate_->UpdateJobEventually(record.job.id(), change);
}

// --- starting

void Scheduler::StartJobs() {
  queue_blocked_.clear();
  bool queued = false;
  if (absl::Status settled = SettleDependants(); !settled.ok()) {
    queue_blocked_ = std::string(MessageOf(settled));
  }
  while (queue_blocked_.empty()) {
    absl::StatusOr<std::vector<JobRecord>> next = delegate_->NextQueued();
    if (!next.ok()) {
      queue_blocked_ = std::string(MessageOf(next.status()));
      break;
    }
    queued = !next->empty();
    if (!queued || leaving_ || !devices_.HasFree()) break;
    queue_blocked_ = delegate_->Trouble();
    if (!queue_blocked_.empty()) break;
    if (absl::Status status = StartJob(next->front()); !status.ok()) {
      queue_blocked_ =
          StrCat("job ", next->front().job.id(), " could not be started: ", MessageOf(status));
      // It is tried again and again, but said once.
      std::lock_guard lock(mutex_);
      if (queue_blocked_ != blocked_) spdlog::error("{}", queue_blocked_);
      break;
    }
  }
  bool orphans = std::any_of(active_.begin(), active_.end(),
                             [](const auto& entry) { return entry.second.orphan; });
  std::lock_guard lock(mutex_);
  blocked_ = queue_blocked_;
  waiting_ = queued || orphans;
  active_count_ = std::count_if(active_.begin(), active_.end(),
                                [](const auto& entry) { return !entry.second.orphan; });
}

absl::Status Scheduler::StartJob(const JobRecord& record) {
  const int64_t job = record.job.id();
  RETURN_IF_ERROR(delegate_->PrepareFolder(job));
  ASSIGN_OR_RETURN(std::optional<v1::Checkpoint> newest, delegate_->NewestFullCheckpoint(job));
  bool started = record.job.has_start_time();
  int64_t attempt = std::max<int64_t>(record.job.attempt(), 1);
  int64_t first_number = 1;
  if (started && record.desired == Desired::kGoOn) {
    ASSIGN_OR_RETURN(int64_t last, delegate_->LastWorkerNumber(job, attempt));
    first_number = last + 1;
  } else {
    if (started) ++attempt;
    RETURN_IF_ERROR(delegate_->BeginAttempt(job, attempt, newest ? newest->step() : -1));
  }
  std::optional<std::string> device = devices_.Take(job);
  if (!device) return absl::InternalError("no device is free");
  JobChange change;
  change.desired = Desired::kRun;
  change.device = *device;
  if (absl::Status status = Move(record, Job::RUNNING, std::move(change)); !status.ok()) {
    devices_.Free(job);
    return status;
  }
  active_[job] = {attempt, false};
  absl::Status status =
      delegate_->StartWorker(job, attempt, first_number, newest ? newest->name() : "");
  if (!status.ok()) {
    WorkerEnd end;
    end.outcome = "failed";
    end.reason = ReasonOf(status);
    end.message = MessageOf(status);
    OnEnded(job, end);
  }
  return absl::OkStatus();
}

// --- news

void Scheduler::JobStarted(int64_t job, int64_t attempt, int64_t pid) {
  Post([=, this] {
    auto found = active_.find(job);
    if (found == active_.end() || found->second.attempt != attempt) return;
    JobChange change;
    change.worker_pid = pid;
    absl::Status status = delegate_->UpdateJob(job, change);
    if (!status.ok()) {
      spdlog::warn("writing down job {}'s process: {}", job, std::string(MessageOf(status)));
    }
  });
}

void Scheduler::JobEnded(int64_t job, int64_t attempt, WorkerEnd end) {
  Post([=, this] {
    auto found = active_.find(job);
    if (found == active_.end() || found->second.attempt != attempt) return;
    OnEnded(job, end);
  });
}

void Scheduler::OnEnded(int64_t job, const WorkerEnd& end) {
  active_.erase(job);
  devices_.Free(job);
  // What the worker reported last, a checkpoint perhaps, decides what follows.
  absl::Status flushed = delegate_->Flush();
  if (!flushed.ok()) {
    spdlog::warn("committing job {}'s last events: {}", job, std::string(MessageOf(flushed)));
  }
  absl::StatusOr<JobRecord> record = delegate_->GetJobRecord(job);
  if (!record.ok()) {
    spdlog::error("reading job {}: {}", job, std::string(MessageOf(record.status())));
    return;
  }
  if (end.outcome == "succeeded") {
    MoveEventually(*record, Job::SUCCEEDED);
  } else if (end.outcome == "failed" || end.reason == reason::kWorkerProtocol) {
    Fail(*record, end.reason, end.message);
  } else if (record->job.state() == Job::STOPPING) {
    OnStopped(*record);
  } else if (end.outcome == "crashed") {
    OnCrashed(*record, end);
  } else if (end.outcome == "left") {
    OnLeft(*record, end);
  } else {
    Fail(*record, reason::kWorkerProtocol,
         StrCat("the worker ended \"", end.outcome, "\" without being asked"));
  }
}

void Scheduler::OnStopped(const JobRecord& record) {
  MoveEventually(record, record.desired == Desired::kCancel ? Job::CANCELLED : Job::PAUSED);
}

void Scheduler::OnCrashed(const JobRecord& record, const WorkerEnd& end) {
  int64_t crashes = record.crashes + 1;
  spdlog::warn("job {}: {}", record.job.id(), end.message);
  if (crashes >= max_crashes_) {
    return Fail(record, reason::kWorkerCrashed,
                StrCat("it failed ", crashes,
                       " times without a newer checkpoint, the last time because ", end.message));
  }
  JobChange change;
  change.desired = Desired::kRun;
  change.crashes = crashes;
  MoveEventually(record, Job::QUEUED, std::move(change));
}

// The attempt goes on only if nothing was reported after what it will resume from.
void Scheduler::OnLeft(const JobRecord& record, const WorkerEnd& end) {
  const int64_t job = record.job.id();
  auto newest = delegate_->NewestFullCheckpoint(job);
  auto last = delegate_->LastWorkerNumber(job, record.job.attempt());
  bool complete = newest.ok() && *newest && (*newest)->step() >= end.step;
  bool untouched = last.ok() && *last == 0;
  JobChange change;
  change.desired = complete || untouched ? Desired::kGoOn : Desired::kRun;
  MoveEventually(record, Job::QUEUED, std::move(change));
}

void Scheduler::Fail(const JobRecord& record, std::string_view reason, std::string_view message) {
  spdlog::warn("job {} failed: {} ({})", record.job.id(), std::string(message),
               std::string(reason));
  JobChange change;
  change.error = MakeError(reason, message);
  MoveEventually(record, Job::FAILED, std::move(change));
}

void Scheduler::Recovered(int64_t job) {
  Post([=, this] {
    auto found = active_.find(job);
    if (found == active_.end() || !found->second.orphan) return;
    active_.erase(found);
    devices_.Free(job);
    absl::StatusOr<JobRecord> record = delegate_->GetJobRecord(job);
    if (!record.ok()) {
      spdlog::error("reading job {}: {}", job, std::string(MessageOf(record.status())));
    } else if (record->job.state() == Job::STOPPING) {
      OnStopped(*record);
    } else {
      // It was labd that went away: the job is not to blame.
      JobChange change;
      change.desired = Desired::kRun;
      MoveEventually(*record, Job::QUEUED, std::move(change));
    }
  });
}

void Scheduler::Leave() {
  Post([this] {
    leaving_ = true;
    for (const auto& [job, active] : active_) {
      if (active.orphan) continue;
      absl::StatusOr<JobRecord> record = delegate_->GetJobRecord(job);
      // Who is stopping already does what is needed.
      if (record.ok() && record->job.state() == Job::STOPPING) continue;
      delegate_->StopWorker(job, StopMode::kLeave);
    }
  });
}

void Scheduler::Abandon() {
  absl::Status done = Do([this] {
    leaving_ = true;
    for (auto at = active_.begin(); at != active_.end();) {
      if (at->second.orphan) {
        ++at;
        continue;
      }
      absl::StatusOr<JobRecord> record = delegate_->GetJobRecord(at->first);
      devices_.Free(at->first);
      at = active_.erase(at);
      if (!record.ok()) continue;
      if (record->job.state() == Job::STOPPING) {
        OnStopped(*record);
        continue;
      }
      JobChange change;
      change.desired = Desired::kRun;
      MoveEventually(*record, Job::QUEUED, std::move(change));
    }
    return absl::OkStatus();
  });
  if (!done.ok()) spdlog::warn("abandoning jobs: {}", std::string(MessageOf(done)));
}

}  // namespace lab
