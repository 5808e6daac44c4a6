#include "daemon/supervisor/supervisor.h"

#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include <unistd.h>

#include "core/base/strings.h"
#include "daemon/supervisor/worker_loop.h"

namespace lab {
namespace {

using SteadyClock = std::chrono::steady_clock;

// How often a waiting generation asks whether it was cancelled.
constexpr auto kCancelPoll = std::chrono::milliseconds(100);

absl::Status Leaving() { return absl::UnavailableError("labd is leaving"); }

int64_t ResidentBytes(int64_t pid) {
  std::ifstream file(StrCat("/proc/", pid, "/statm"));
  int64_t size = 0;
  int64_t resident = 0;
  if (!(file >> size >> resident)) return 0;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// Waits for the one answer to a question that was posted.
absl::StatusOr<Frame> WaitForOne(WorkerLoop& loop, const std::string& request, Answers& answers,
                                 Supervisor::Timeout timeout) {
  absl::StatusOr<std::optional<Frame>> frame = answers.Wait(SteadyClock::now() + timeout);
  if (frame.ok() && *frame) return **std::move(frame);
  if (!frame.ok()) return frame.status();
  loop.Post([request](WorkerLoop& there) { there.Abandon(request); });
  std::string trouble = loop.Trouble();
  return absl::DeadlineExceededError(StrCat("no worker answered within ", timeout.count() / 1000.0,
                                            " seconds", trouble.empty() ? "" : "; ", trouble));
}

}  // namespace

Supervisor::Supervisor(Options options, Delegate* delegate)
    : loop_(std::make_unique<WorkerLoop>(std::move(options), delegate)) {}

Supervisor::~Supervisor() { Stop(); }

void Supervisor::Start() {
  thread_ = std::thread([this] { loop_->Run(); });
}

void Supervisor::Stop() {
  loop_->Quit();
  if (thread_.joinable()) thread_.join();
}

void Supervisor::StartJob(RunRequest run) {
  loop_->Post([run = std::move(run)](WorkerLoop& loop) { loop.StartJob(run); });
}

void Supervisor::StopJob(int64_t job, StopMode mode) {
  loop_->Post([=](WorkerLoop& loop) { loop.StopJob(job, mode); });
}

void Supervisor::CheckpointJob(int64_t job) {
  loop_->Post([=](WorkerLoop& loop) { loop.CheckpointJob(job); });
}

void Supervisor::ChangeJob(int64_t job, std::vector<v1::Change> changes) {
  loop_->Post([=](WorkerLoop& loop) { loop.ChangeJob(job, changes); });
}

void Supervisor::AckJob(int64_t job, int64_t attempt, int64_t number) {
  loop_->Post([=](WorkerLoop& loop) { loop.AckJob(job, attempt, number); });
}

void Supervisor::RefuseJob(int64_t job, int64_t attempt, absl::Status why) {
  loop_->Post([=](WorkerLoop& loop) { loop.RefuseJob(job, attempt, why); });
}

void Supervisor::SetLimits(const Options& options) {
  loop_->Post([options](WorkerLoop& loop) { loop.SetLimits(options); });
}

void Supervisor::AwaitTurn() {
  auto turn = std::make_shared<std::promise<void>>();
  std::future<void> come = turn->get_future();
  loop_->Post([turn](WorkerLoop&) { turn->set_value(); });
  turn.reset();  // a loop that ends drops the command, and with it the promise
  come.wait();
}

absl::StatusOr<Frame> Supervisor::AskIdle(nlohmann::json request, const std::string& payload,
                                          Timeout timeout) {
  std::string name = StrCat("q", next_request_.fetch_add(1));
  request["request"] = name;
  std::string frame = EncodeFrame(request, payload);
  if (frame.size() - payload.size() > kMaxFrameHeaderBytes) {
    return absl::InvalidArgumentError(StrCat("the question has ", frame.size() - payload.size(),
                                             " bytes; at most ", kMaxFrameHeaderBytes,
                                             " are allowed"));
  }
  auto answers = std::make_shared<Answers>();
  bool posted = loop_->Post(
      [=](WorkerLoop& loop) { loop.Ask(WorkerLoop::Kind::kCheck, name, frame, answers); });
  if (!posted) return Leaving();
  return WaitForOne(*loop_, name, *answers, timeout);
}

absl::StatusOr<nlohmann::json> Supervisor::Check(nlohmann::json request, Timeout timeout) {
  request["type"] = "check";
  ASSIGN_OR_RETURN(Frame answer, AskIdle(std::move(request), "", timeout));
  return std::move(answer.header);
}

absl::StatusOr<Frame> Supervisor::Ask(nlohmann::json request, const std::string& payload,
                                      Timeout timeout) {
  ASSIGN_OR_RETURN(Frame answer, AskIdle(std::move(request), payload, timeout));
  RETURN_IF_ERROR(AnswerStatus(answer.header));
  return answer;
}

absl::StatusOr<v1::OpenResponse> Supervisor::OpenModel(const std::filesystem::path& path,
                                                       Timeout timeout) {
  std::string name = StrCat("q", next_request_.fetch_add(1));
  auto answers = std::make_shared<Answers>();
  bool posted =
      loop_->Post([=](WorkerLoop& loop) { loop.AskToOpen(path.string(), name, answers); });
  if (!posted) return Leaving();
  ASSIGN_OR_RETURN(Frame answer, WaitForOne(*loop_, name, *answers, timeout));
  ASSIGN_OR_RETURN(v1::OpenResponse response, ParseOpened(answer));
  response.set_path(path.string());
  return response;
}

absl::Status Supervisor::StreamFrom(
    const std::string& session, const SessionQuestion& question, std::string_view last,
    const std::function<absl::StatusOr<bool>(const Frame&)>& on_frame,
    const std::function<bool()>& cancelled) {
  std::string name = StrCat("q", next_request_.fetch_add(1));
  auto answers = std::make_shared<Answers>();
  bool posted =
      loop_->Post([=](WorkerLoop& loop) { loop.AskSession(session, name, question, answers); });
  if (!posted) return Leaving();
  auto abandon = [&](absl::Status status) {
    loop_->Post([name](WorkerLoop& loop) { loop.Abandon(name); });
    return status;
  };
  while (true) {
    absl::StatusOr<std::optional<Frame>> frame = answers->Wait(SteadyClock::now() + kCancelPoll);
    if (!frame.ok()) return frame.status();
    if (cancelled && cancelled()) return abandon(absl::CancelledError("nobody waits any more"));
    if (!*frame) continue;
    const bool ends = (*frame)->type() == last;
    absl::StatusOr<bool> go_on = on_frame(**frame);
    if (ends) return go_on.status();
    if (!go_on.ok()) return abandon(go_on.status());
    if (!*go_on) return abandon(absl::CancelledError("nobody waits any more"));
    if ((*frame)->type() == "part") {
      loop_->Post([name](WorkerLoop& loop) { loop.Took(name); });
    }
  }
}

absl::Status Supervisor::Generate(const v1::GenerateRequest& request,
                                  const std::function<bool(const v1::GenerateEvent&)>& on_event,
                                  const std::function<bool()>& cancelled) {
  auto on_frame = [&](const Frame& frame) -> absl::StatusOr<bool> {
    v1::GenerateEvent event;
    if (frame.type() == "generated") {
      ASSIGN_OR_RETURN(*event.mutable_summary(), ParseGenerated(frame));
    } else {
      ASSIGN_OR_RETURN(*event.mutable_token(), ParseToken(frame));
    }
    return on_event(event);
  };
  return StreamFrom(
      request.session(),
      [request](const SessionAddress& to) { return EncodeGenerate(to, request); }, "generated",
      on_frame, cancelled);
}

absl::Status Supervisor::Inspect(const v1::InspectRequest& request,
                                 const std::function<bool(const v1::InspectEvent&)>& on_event,
                                 const std::function<bool()>& cancelled) {
  auto on_frame = [&](const Frame& frame) -> absl::StatusOr<bool> {
    v1::InspectEvent event;
    if (frame.type() == "inspected") {
      ASSIGN_OR_RETURN(*event.mutable_summary(), ParseInspected(frame));
    } else if (frame.type() == "planned") {
      ASSIGN_OR_RETURN(*event.mutable_plan(), ParsePlanned(frame));
    } else {
      ASSIGN_OR_RETURN(*event.mutable_part(), ParsePart(frame));
    }
    return on_event(event);
  };
  return StreamFrom(
      request.session(), [request](const SessionAddress& to) { return EncodeInspect(to, request); },
      "inspected", on_frame, cancelled);
}

absl::Status Supervisor::CloseModel(const std::string& session) {
  auto answers = std::make_shared<Answers>();
  bool posted = loop_->Post([=](WorkerLoop& loop) {
    absl::Status status = loop.CloseSession(session);
    if (status.ok()) {
      answers->Deliver({});
    } else {
      answers->Fail(status);
    }
  });
  if (!posted) return Leaving();
  absl::StatusOr<std::optional<Frame>> done =
      answers->Wait(SteadyClock::now() + std::chrono::seconds(30));
  return done.status();
}

std::vector<v1::WorkerProcess> Supervisor::Workers() const {
  std::vector<v1::WorkerProcess> workers = loop_->Workers();
  for (v1::WorkerProcess& worker : workers) {
    worker.set_resident_bytes(ResidentBytes(worker.pid()));
  }
  return workers;
}

std::string Supervisor::Trouble() const { return loop_->Trouble(); }

}  // namespace lab
