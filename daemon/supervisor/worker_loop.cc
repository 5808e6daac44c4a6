#include "daemon/supervisor/worker_loop.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"

namespace lab {
namespace {

// How long the loop may be late before it must assume that labd itself was stopped.
constexpr double kLateSeconds = 1.0;
constexpr double kEndedPollSeconds = 0.01;  // between looks at a process that closed its socket
constexpr double kRoomPollSeconds = 0.05;

int64_t LastStep(const WorkerBatch& batch) {
  int64_t last = 0;
  for (const auto& item : batch.items) {
    if (const auto* event = std::get_if<WorkerEvent>(&item)) last = std::max(last, event->step);
    const auto* points = std::get_if<WorkerPoints>(&item);
    if (points == nullptr) continue;
    for (const PointRecord& point : points->points) {
      last = std::max(last, static_cast<int64_t>(point.step));
    }
  }
  return last;
}

}  // namespace

WorkerLoop::WorkerLoop(Supervisor::Options options, Supervisor::Delegate* delegate)
    : options_(std::move(options)),
      delegate_(delegate),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

WorkerLoop::~WorkerLoop() {
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

bool WorkerLoop::Post(Command command) {
  {
    std::lock_guard lock(mutex_);
    if (ended_ || quit_) return false;
    commands_.push_back(std::move(command));
  }
  ::eventfd_write(wake_fd_, 1);
  return true;
}

void WorkerLoop::Quit() {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
  }
  ::eventfd_write(wake_fd_, 1);
}

void WorkerLoop::Run() {
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (quit_) break;
    }
    double before = Now();
    double timeout = NextTurn(before);
    Poll(timeout);
    RunCommands();
    double now = Now();
    bool was_stopped = now - before > timeout + kLateSeconds;
    JudgeWorkers(now, !was_stopped);
    BuryEnded(now);
    KeepIdleWorker(now);
    ServeStarts(now);
    ServeQuestions();
    UpdateSnapshot();
  }
  RunCommands();  // so that who has just asked something is answered, too
  questions_.FailAll(absl::UnavailableError("labd is leaving"));
  workers_.clear();  // kills and reaps them
  std::lock_guard lock(mutex_);
  ended_ = true;
  commands_.clear();
  seen_.clear();
}

void WorkerLoop::RunCommands() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (Command& command : commands) command(*this);
}

double WorkerLoop::NextTurn(double now) const {
  double next = now + 3600;
  auto at = [&](double time) { next = std::min(next, time); };
  bool have_idle = false;
  for (const auto& worker : workers_) {
    if (worker->closed) at(now + kEndedPollSeconds);
    at(worker->role == Role::kStarting ? worker->started + options_.hello_seconds
                                       : worker->last_heard + options_.silence_seconds);
    if (worker->terminate_at > 0) at(worker->terminate_at);
    if (worker->kill_at > 0) at(worker->kill_at);
    if (worker->role == Role::kInspect) at(worker->last_used + options_.inspect_seconds);
    have_idle |= worker->role == Role::kStarting || worker->role == Role::kIdle;
  }
  if (!have_idle) at(next_spawn_);
  bool waits_for_lock = std::any_of(starts_.begin(), starts_.end(),
                                    [](const Start& start) { return !start.lock_free; });
  if (waits_for_lock) at(now + 0.2);
  if (!room_) at(now + kRoomPollSeconds);
  return std::max(0.0, next - now);
}

void WorkerLoop::Poll(double timeout) {
  room_ = delegate_->HasRoom();
  std::vector<pollfd> polls = {{wake_fd_, POLLIN, 0}};
  for (const auto& worker : workers_) {
    bool hear = !worker->closed && (room_ || worker->role != Role::kJob);
    short events = static_cast<short>((hear ? POLLIN : 0) |
                                      (worker->HasUnsent() && !worker->closed ? POLLOUT : 0));
    // A negative descriptor is skipped: a closed socket would report its end again and again.
    polls.push_back({events != 0 ? worker->process.socket() : -1, events, 0});
  }
  int milliseconds = static_cast<int>(std::ceil(timeout * 1000));
  if (::poll(polls.data(), polls.size(), milliseconds) <= 0) return;
  if (polls[0].revents != 0) {
    eventfd_t ignored = 0;
    ::eventfd_read(wake_fd_, &ignored);
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    short got = polls[i + 1].revents;
    if (got & POLLOUT) workers_[i]->Flush();
    if (got & ~POLLOUT) HearWorker(*workers_[i]);
  }
}

void WorkerLoop::HearWorker(Worker& worker) {
  absl::StatusOr<std::vector<Frame>> frames = worker.Receive();
  worker.last_heard = Now();
  if (!frames.ok()) return Condemn(worker, MessageOf(frames.status()));
  for (Frame& frame : *frames) OnFrame(worker, std::move(frame));
  if (!worker.frames.empty()) {
    WorkerBatch batch = worker.frames.Take();
    worker.remains.last_step = std::max(worker.remains.last_step, LastStep(batch));
    delegate_->JobReported(worker.run.job, worker.run.attempt, std::move(batch));
  }
  if (worker.closed && worker.kill_at == 0) worker.kill_at = Now() + options_.exit_seconds;
}

void WorkerLoop::OnFrame(Worker& worker, Frame frame) {
  if (!worker.remains.protocol_error.empty()) return;
  absl::StatusOr<WorkerMessage> message = ParseWorkerFrame(std::move(frame));
  absl::Status status = message.ok() ? OnMessage(worker, *std::move(message)) : message.status();
  if (!status.ok()) Condemn(worker, MessageOf(status));
}

absl::Status WorkerLoop::OnMessage(Worker& worker, WorkerMessage message) {
  bool is_hello = std::holds_alternative<HelloMessage>(message);
  if ((worker.role == Role::kStarting) != is_hello) {
    return absl::InvalidArgumentError(is_hello ? "a second \"hello\""
                                               : "the first frame is not \"hello\"");
  }
  if (is_hello) return OnHello(worker, std::get<HelloMessage>(message));
  if (auto* answer = std::get_if<AnswerMessage>(&message)) {
    if (answer->frame.type() == "opened") {
      RETURN_IF_ERROR(OnOpened(worker, answer->request, &answer->frame));
    }
    questions_.Deliver(answer->request, worker.serial, std::move(answer->frame));
    return absl::OkStatus();
  }
  if (worker.role != Role::kJob || worker.remains.last_words) return absl::OkStatus();
  if (auto* numbered = std::get_if<NumberedMessage>(&message)) {
    return OnNumbered(worker, numbered->frame);
  }
  if (auto* progress = std::get_if<v1::Progress>(&message)) {
    delegate_->JobProgressed(worker.run.job, *progress);
  } else if (auto* line = std::get_if<LogMessage>(&message)) {
    delegate_->JobLogged(worker.run.job, *line);
  } else if (auto* ended = std::get_if<EndedMessage>(&message)) {
    worker.remains.last_words = std::move(*ended);
    worker.terminate_at = 0;
    worker.kill_at = Now() + options_.exit_seconds;
  }
  return absl::OkStatus();
}

absl::Status WorkerLoop::OnHello(Worker& worker, const HelloMessage& hello) {
  RETURN_IF_ERROR(delegate_->Described(hello.description));
  worker.role = Role::kIdle;
  worker.Send(EncodeHello());
  SetTrouble("");
  return absl::OkStatus();
}

absl::Status WorkerLoop::OnNumbered(Worker& worker, const Frame& frame) {
  bool first = worker.frames.last_number() == 0;
  RETURN_IF_ERROR(worker.frames.Add(frame));
  if (first && frame.type() != "declare") {
    const char* key = frame.type() == "points" ? "first" : "number";
    int64_t number = frame.header.value(key, int64_t{0});
    if (number < worker.run.first_number) {
      return absl::InvalidArgumentError(StrCat("the first event has number ", number,
                                               ", this run's begin at ", worker.run.first_number));
    }
  }
  return absl::OkStatus();
}

// The session gets its public name here, before the asker can hear of it.
absl::Status WorkerLoop::OnOpened(Worker& worker, const std::string& request, Frame* frame) {
  if (questions_.WorkerOf(request) != worker.serial) {
    // Nobody waits for the model any more.
    if (frame->header.contains("session")) {
      worker.Send(EncodeFrame({{"type", "close"}, {"session", frame->header["session"]}}));
    }
    return absl::OkStatus();
  }
  if (!AnswerStatus(frame->header).ok()) return absl::OkStatus();
  if (!frame->header.contains("session")) {
    return absl::InvalidArgumentError("an \"opened\" frame names no session");
  }
  frame->header["session"] = AddSession(worker.serial, frame->header["session"]);
  return absl::OkStatus();
}

void WorkerLoop::Condemn(Worker& worker, std::string_view protocol_error) {
  if (worker.remains.protocol_error.empty()) worker.remains.protocol_error = protocol_error;
  worker.closed = true;  // nothing more is heard of it
  worker.process.Signal(SIGKILL);
}

void WorkerLoop::Dismiss(Worker& worker) {
  worker.role = Role::kLeaving;
  worker.closed = true;
  worker.process.CloseSocket();
  worker.kill_at = Now() + options_.exit_seconds;
}

void WorkerLoop::JudgeWorkers(double now, bool may_judge_silence) {
  for (auto& worker : workers_) {
    // What a stopped labd did not hear lay in the sockets and has just been read; who said nothing
    // meanwhile gets the whole time again. So do jobs that labd had no room to hear.
    if (!may_judge_silence || (!room_ && worker->role == Role::kJob)) {
      worker->last_heard = now;
      if (worker->role == Role::kStarting) worker->started = now;
    }
    bool starting = worker->role == Role::kStarting;
    double limit = starting ? options_.hello_seconds : options_.silence_seconds;
    double since = starting ? worker->started : worker->last_heard;
    if (!worker->closed && now - since > limit) {
      worker->remains.silent = true;
      worker->remains.silence_limit = limit;
      worker->closed = true;
      worker->process.Signal(SIGKILL);
    }
    if (worker->terminate_at > 0 && now >= worker->terminate_at) {
      worker->remains.forced = true;
      worker->process.Signal(SIGTERM);
      worker->terminate_at = 0;
      worker->kill_at = now + options_.terminate_seconds;
    }
    if (worker->kill_at > 0 && now >= worker->kill_at) {
      worker->remains.forced = true;
      worker->process.Signal(SIGKILL);
      worker->kill_at = 0;
      worker->closed = true;
    }
    if (worker->role == Role::kInspect && now - worker->last_used > options_.inspect_seconds &&
        questions_.CountOf(worker->serial) == 0) {
      std::erase_if(sessions_,
                    [&](const auto& entry) { return entry.second.worker == worker->serial; });
      Dismiss(*worker);
    }
  }
}

void WorkerLoop::BuryEnded(double now) {
  for (size_t i = 0; i < workers_.size();) {
    Worker& worker = *workers_[i];
    if (!worker.process.TryReap()) {
      ++i;
      continue;
    }
    worker.drained = false;
    // The process may be gone before everything it sent was read.
    while (!worker.closed && !worker.drained) HearWorker(worker);
    worker.remains.wait_status = worker.process.TryReap();
    std::unique_ptr<Worker> ended = std::move(workers_[i]);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    ReportEnd(*ended, now);
  }
}

void WorkerLoop::ReportEnd(Worker& worker, double now) {
  if (worker.role == Role::kJob) {
    if (std::string lines = worker.LastLines(64 * 1024); !lines.empty()) {
      delegate_->JobLogged(worker.run.job, {"stderr", lines});
    }
  }
  worker.remains.last_lines = worker.LastLines(1000);
  WorkerEnd end = ExplainEnd(worker.remains);
  questions_.FailAllOf(worker.serial,
                       Failure(absl::StatusCode::kUnavailable, reason::kWorkerCrashed,
                               StrCat("the worker that was asked is gone: ", end.message)));
  std::erase_if(sessions_, [&](const auto& entry) { return entry.second.worker == worker.serial; });
  if (worker.role == Role::kJob) {
    delegate_->JobEnded(worker.run.job, worker.run.attempt, end);
  } else if (worker.role == Role::kStarting || worker.role == Role::kIdle) {
    ReportEarlyDeath(worker, now);
  } else if (worker.role == Role::kInspect) {
    spdlog::warn("an inspect worker is gone: {}", end.message);
  }
}

void WorkerLoop::ReportEarlyDeath(Worker& worker, double now) {
  std::string why = ExplainEnd(worker.remains).message;
  spdlog::warn("the idle worker {} is gone: {}", worker.process.pid(), why);
  // One that served for a while says nothing about the next.
  if (now - worker.started > 60) early_deaths_ = 0;
  ++early_deaths_;
  int64_t doublings = std::min<int64_t>(early_deaths_ - 1, 6);
  next_spawn_ = now + options_.restart_seconds * std::exp2(static_cast<double>(doublings));
  if (worker.role == Role::kStarting || early_deaths_ > 2) {
    SetTrouble(StrCat("lab-worker does not stay alive: ", why));
  }
}

void WorkerLoop::SetTrouble(std::string trouble) {
  std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
}

std::string WorkerLoop::Trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

void WorkerLoop::UpdateSnapshot() {
  std::vector<Seen> seen;
  for (const auto& worker : workers_) {
    Seen& entry = seen.emplace_back();
    entry.process.set_pid(worker->process.pid());
    entry.last_heard = worker->last_heard;
    bool job = worker->role == Role::kJob;
    if (job) entry.process.set_job_id(worker->run.job);
    entry.process.set_role(job ? "job" : worker->role == Role::kInspect ? "inspect" : "idle");
  }
  std::lock_guard lock(mutex_);
  seen_ = std::move(seen);
}

std::vector<v1::WorkerProcess> WorkerLoop::Workers() const {
  std::lock_guard lock(mutex_);
  std::vector<v1::WorkerProcess> workers;
  for (const Seen& seen : seen_) {
    workers.push_back(seen.process);
    workers.back().set_silent_seconds(std::max(0.0, Now() - seen.last_heard));
  }
  return workers;
}

}  // namespace lab
