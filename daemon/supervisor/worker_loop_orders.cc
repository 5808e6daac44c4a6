// What the supervisor's thread is asked to do: jobs to start and stop, questions to pass on.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "daemon/supervisor/worker_loop.h"

namespace lab {
namespace {

constexpr int kThreadsBesideAJob = 1;  // of an inspect worker

}  // namespace

void WorkerLoop::StartJob(RunRequest run) {
  starts_.push_back({std::move(run), Now() + options_.lock_seconds, false});
}

void WorkerLoop::StopJob(int64_t job, StopMode mode) {
  for (auto at = starts_.begin(); at != starts_.end(); ++at) {
    if (at->run.job != job) continue;
    RunRequest run = std::move(at->run);
    starts_.erase(at);
    WorkerEnd end;
    end.outcome = mode == StopMode::kPause    ? "paused"
                  : mode == StopMode::kCancel ? "cancelled"
                                              : "left";
    return delegate_->JobEnded(job, run.attempt, end);
  }
  Worker* worker = FindJob(job);
  if (worker == nullptr || worker->remains.last_words) return;
  worker->remains.stop = mode;
  worker->Send(EncodeStop(mode));
  if (worker->terminate_at == 0 && worker->kill_at == 0) {
    worker->terminate_at = Now() + options_.stop_seconds;
  }
}

void WorkerLoop::CheckpointJob(int64_t job) {
  if (Worker* worker = FindJob(job)) worker->Send(EncodeCheckpoint());
}

void WorkerLoop::ChangeJob(int64_t job, const std::vector<v1::Change>& changes) {
  for (Start& start : starts_) {
    if (start.run.job != job) continue;
    start.run.changes.insert(start.run.changes.end(), changes.begin(), changes.end());
    return;
  }
  if (Worker* worker = FindJob(job)) worker->Send(EncodeSet(changes));
}

void WorkerLoop::AckJob(int64_t job, int64_t attempt, int64_t number) {
  Worker* worker = FindJob(job);
  if (worker != nullptr && worker->run.attempt == attempt) worker->Send(EncodeAck(number));
}

void WorkerLoop::RefuseJob(int64_t job, int64_t attempt, const absl::Status& why) {
  Worker* worker = FindJob(job);
  if (worker != nullptr && worker->run.attempt == attempt) Condemn(*worker, MessageOf(why));
}

void WorkerLoop::SetLimits(const Supervisor::Options& options) {
  options_.silence_seconds = options.silence_seconds;
  options_.stop_seconds = options.stop_seconds;
  options_.inspect_seconds = options.inspect_seconds;
  options_.inspect_max_bytes = options.inspect_max_bytes;
}

void WorkerLoop::Ask(Kind kind, const std::string& request, std::string frame,
                     std::shared_ptr<Answers> answers) {
  if (std::string trouble = Trouble(); !trouble.empty()) {
    answers->Fail(Failure(absl::StatusCode::kUnavailable, reason::kWorkerCrashed, trouble));
    return;
  }
  questions_.Add(request, std::move(answers), 0);
  waiting_.push_back({kind, request, std::move(frame)});
}

void WorkerLoop::AskToOpen(const std::string& path, const std::string& request,
                           std::shared_ptr<Answers> answers) {
  Ask(Kind::kOpen, request,
      EncodeFrame({{"type", "open"},
                   {"request", request},
                   {"path", path},
                   {"max_bytes", options_.inspect_max_bytes}}),
      std::move(answers));
}

void WorkerLoop::AskSession(const std::string& session, const std::string& request,
                            const SessionQuestion& question, std::shared_ptr<Answers> answers) {
  auto found = sessions_.find(session);
  Worker* worker = found == sessions_.end() ? nullptr : FindSerial(found->second.worker);
  if (worker == nullptr || worker->closed) {
    answers->Fail(absl::NotFoundError(StrCat("no model is open as \"", session,
                                             "\"; it may have been closed, or its worker is "
                                             "gone: open it again")));
    return;
  }
  const bool training = std::any_of(workers_.begin(), workers_.end(), [](const auto& one) {
    return one->role == Role::kJob && !one->closed;
  });
  absl::StatusOr<std::string> frame =
      question({request, found->second.name, training ? kThreadsBesideAJob : 0});
  if (!frame.ok()) return answers->Fail(frame.status());
  worker->last_used = Now();
  questions_.Add(request, std::move(answers), worker->serial);
  worker->Send(*frame);
}

void WorkerLoop::Took(const std::string& request) {
  if (Worker* worker = FindSerial(questions_.WorkerOf(request))) {
    worker->last_used = Now();
    worker->Send(EncodeFrame({{"type", "took"}, {"request", request}}));
  }
}

void WorkerLoop::Abandon(const std::string& request) {
  if (!questions_.Knows(request)) return;
  Worker* worker = FindSerial(questions_.WorkerOf(request));
  questions_.Forget(request);
  std::erase_if(waiting_, [&](const WaitingQuestion& w) { return w.request == request; });
  if (worker != nullptr && worker->role == Role::kInspect) {
    worker->last_used = Now();
    worker->Send(EncodeFrame({{"type", "abandon"}, {"request", request}}));
  }
}

std::string WorkerLoop::AddSession(int64_t worker, const nlohmann::json& session) {
  std::string name = StrCat("model-", next_session_++);
  sessions_[name] = {worker, session};
  if (Worker* found = FindSerial(worker)) found->last_used = Now();
  return name;
}

absl::Status WorkerLoop::CloseSession(const std::string& session) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) {
    return absl::NotFoundError(StrCat("no model is open as \"", session, "\""));
  }
  if (Worker* worker = FindSerial(found->second.worker)) {
    worker->last_used = Now();
    worker->Send(EncodeFrame({{"type", "close"}, {"session", found->second.name}}));
  }
  sessions_.erase(found);
  return absl::OkStatus();
}

void WorkerLoop::KeepIdleWorker(double now) {
  for (const auto& worker : workers_) {
    if (worker->role == Role::kStarting || worker->role == Role::kIdle) return;
  }
  if (now < next_spawn_) return;
  WorkerProcess::Options options;
  options.program = options_.worker;
  options.arguments = options_.arguments;
  absl::StatusOr<std::unique_ptr<Worker>> worker =
      Worker::Start(std::move(options), options_.places.state.string(), next_serial_++, now);
  if (worker.ok()) {
    workers_.push_back(*std::move(worker));
    return;
  }
  ++early_deaths_;
  int64_t doublings = std::min<int64_t>(early_deaths_ - 1, 6);
  next_spawn_ = now + options_.restart_seconds * static_cast<double>(int64_t{1} << doublings);
  SetTrouble(StrCat("lab-worker cannot be started: ", MessageOf(worker.status())));
  spdlog::error("{}", Trouble());
}

// A worker that an earlier labd started may still write its farewell: it holds the job's lock.
void WorkerLoop::CheckLock(Start& start, double now) {
  auto path = options_.places.job(start.run.job) / "lock";
  absl::StatusOr<FileLock> lock = FileLock::TryAcquire(path);
  if (lock.ok() || !absl::IsUnavailable(lock.status())) {
    // A folder that cannot be used is the new worker's to report.
    start.lock_free = true;
    return;
  }
  if (now < start.give_up_at) return;
  absl::StatusOr<std::string> text = ReadFile(path, 64);
  int64_t pid = text.ok() ? std::atoll(text->c_str()) : 0;
  start.give_up_at = now + options_.lock_seconds;
  if (pid <= 1) return;
  spdlog::warn("job {} is still locked by process {}: killing it", start.run.job, pid);
  ::kill(static_cast<pid_t>(pid), SIGKILL);
}

void WorkerLoop::ServeStarts(double now) {
  for (auto at = starts_.begin(); at != starts_.end();) {
    if (!at->lock_free) CheckLock(*at, now);
    Worker* idle = at->lock_free ? FindIdle() : nullptr;
    // Who still answers a question finishes that first.
    if (idle == nullptr || questions_.CountOf(idle->serial) > 0) {
      ++at;
      continue;
    }
    RunRequest run = std::move(at->run);
    at = starts_.erase(at);
    BeginJob(*idle, std::move(run));
    KeepIdleWorker(now);
  }
}

void WorkerLoop::BeginJob(Worker& worker, RunRequest run) {
  worker.role = Role::kJob;
  worker.run = std::move(run);
  early_deaths_ = 0;
  worker.Send(EncodeRun(worker.run));
  delegate_->JobStarted(worker.run.job, worker.run.attempt, worker.process.pid());
}

void WorkerLoop::ServeQuestions() {
  while (!waiting_.empty()) {
    WaitingQuestion& question = waiting_.front();
    Worker* worker = nullptr;
    if (question.kind == Kind::kOpen) {
      for (auto& candidate : workers_) {
        if (candidate->role == Role::kInspect && !candidate->closed) worker = candidate.get();
      }
    }
    if (worker == nullptr) worker = FindIdle();
    if (worker == nullptr) return;
    if (question.kind == Kind::kOpen) {
      if (worker->role == Role::kIdle && questions_.CountOf(worker->serial) > 0) return;
      worker->role = Role::kInspect;
      worker->last_used = Now();
    }
    questions_.AskedOf(question.request, worker->serial);
    worker->Send(question.frame);
    waiting_.pop_front();
    KeepIdleWorker(Now());
  }
}

Worker* WorkerLoop::FindIdle() {
  for (auto& worker : workers_) {
    if (worker->role == Role::kIdle && !worker->closed) return worker.get();
  }
  return nullptr;
}

Worker* WorkerLoop::FindJob(int64_t job) {
  for (auto& worker : workers_) {
    if (worker->role == Role::kJob && worker->run.job == job) return worker.get();
  }
  return nullptr;
}

Worker* WorkerLoop::FindSerial(int64_t serial) {
  for (auto& worker : workers_) {
    if (worker->serial == serial) return worker.get();
  }
  return nullptr;
}

}  // namespace lab
