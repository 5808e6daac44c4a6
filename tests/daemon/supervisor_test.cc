#include "daemon/supervisor/supervisor.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using std::chrono::steady_clock;

// Remembers what the supervisor told, and lets a test wait for it.
class Recorder : public Supervisor::Delegate {
 public:
  absl::Status Described(const nlohmann::json& description) override {
    return Tell([&] { description_ = description; }), absl::OkStatus();
  }
  void JobStarted(int64_t job, int64_t, int64_t pid) override {
    Tell([&] { pids_[job] = pid; });
  }
  void JobReported(int64_t, int64_t, WorkerBatch batch) override {
    Tell([&] {
      events_ += batch.event_count;
      last_number_ = batch.last_number;
    });
  }
  void JobProgressed(int64_t, const v1::Progress& progress) override {
    Tell([&] { progress_ = progress; });
    std::this_thread::sleep_for(std::chrono::duration<double>(stall_seconds_.exchange(0)));
  }
  void JobLogged(int64_t, const LogMessage& line) override {
    Tell([&] { log_ += line.level + ": " + line.text + "\n"; });
  }
  void JobEnded(int64_t job, int64_t attempt, const WorkerEnd& end) override {
    Tell([&] { ends_[{job, attempt}] = end; });
  }
  bool HasRoom() override {
    std::lock_guard lock(mutex_);
    return room_;
  }

  // Waits up to 20 s.
  template <class Predicate>
  bool Await(Predicate predicate) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), predicate);
  }
  WorkerEnd AwaitEnd(int64_t job, int64_t attempt = 1) {
    bool ended = Await([&] { return ends_.count({job, attempt}) > 0; });
    EXPECT_TRUE(ended) << "job " << job << " did not end";
    return ended ? ends_[{job, attempt}] : WorkerEnd{"never", 0, "", ""};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  nlohmann::json description_;
  std::map<int64_t, int64_t> pids_;
  std::map<std::pair<int64_t, int64_t>, WorkerEnd> ends_;
  int64_t events_ = 0;
  int64_t last_number_ = 0;
  v1::Progress progress_;
  std::string log_;
  bool room_ = true;
  std::atomic<double> stall_seconds_{0};  // at the next progress

 private:
  template <class Change>
  void Tell(Change change) {
    std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
};

class SupervisorTest : public ::testing::Test {
 protected:
  SupervisorTest() {
    std::string home = dir_.path().string();
    options_.places =
        *FindPlaces([home](const std::string& name) { return name == "LAB_HOME" ? home : ""; });
    EXPECT_TRUE(CreatePlaces(options_.places).ok());
    options_.worker = LAB_FAKE_WORKER;
    options_.silence_seconds = 10;
    options_.hello_seconds = 10;
    options_.stop_seconds = 10;
    options_.terminate_seconds = 10;
    options_.exit_seconds = 10;
    options_.restart_seconds = 0.02;
  }
  ~SupervisorTest() override { supervisor_.reset(); }

  void Start() {
    supervisor_ = std::make_unique<Supervisor>(options_, &recorder_);
    supervisor_->Start();
  }
  RunRequest Run(int64_t job, const std::string& config) {
    RunRequest run;
    run.job = job;
    run.folder = options_.places.job(job).string();
    std::filesystem::create_directories(run.folder);
    run.jobs = options_.places.jobs().string();
    run.cache = options_.places.cache.string();
    run.config = config;
    return run;
  }

  TempDir dir_;
  Recorder recorder_;
  Supervisor::Options options_;
  std::unique_ptr<Supervisor> supervisor_;
};

TEST_F(SupervisorTest, WorkersInheritNothingButTheirDescriptors) {
  auto probe = dir_.path() / "probe";
  options_.arguments = {"--probe=" + probe.string()};
  int leaky = ::open("/dev/null", O_RDONLY);  // without CLOEXEC
  ASSERT_GE(leaky, 0);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  auto former = std::signal(SIGPIPE, SIG_IGN);
  Start();
  EXPECT_TRUE(recorder_.Await([&] { return !recorder_.description_.is_null(); }));
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  std::signal(SIGPIPE, former);
  ::close(leaky);
  std::string said = *ReadFile(probe);
  EXPECT_EQ(said.substr(0, said.find("SigIgn")),
            "group own\nfds 0 1 2 3\nSigBlk:\t0000000000000000\n");
  uint64_t ignored = std::stoull(said.substr(said.find("SigIgn") + 8), nullptr, 16);
  // The C library keeps two real-time signals (32 and 33) for itself and resets neither.
  EXPECT_EQ(ignored & ~(uint64_t{3} << 31), 0u) << said;
}

TEST_F(SupervisorTest, RunsAJobOnTheIdleWorkerAndStartsAnother) {
  Start();
  ASSERT_TRUE(recorder_.Await([&] { return !recorder_.description_.is_null(); }));
  int64_t idle = supervisor_->Workers().at(0).pid();
  supervisor_->StartJob(Run(7, "steps: 20\nstep_ms: 5\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.pids_.count(7) > 0; }));
  EXPECT_EQ(recorder_.pids_[7], idle);
  WorkerEnd end = recorder_.AwaitEnd(7);
  EXPECT_EQ(end.outcome, "succeeded");
  EXPECT_EQ(end.step, 20);
  EXPECT_EQ(recorder_.events_, 20);
  EXPECT_EQ(recorder_.progress_.step(), 20);
  EXPECT_NE(recorder_.log_.find("starting at step 0"), std::string::npos);
  auto check = supervisor_->Check({{"text", "type: pretrain"}});
  EXPECT_TRUE(check.ok()) << check.status();
  ASSERT_EQ(supervisor_->Workers().size(), 1u);
  EXPECT_NE(supervisor_->Workers()[0].pid(), idle);
  EXPECT_EQ(supervisor_->Workers()[0].role(), "idle");
}

TEST_F(SupervisorTest, StopsInEachMode) {
  Start();
  std::pair<StopMode, const char*> modes[] = {
      {StopMode::kPause, "paused"}, {StopMode::kCancel, "cancelled"}, {StopMode::kLeave, "left"}};
  for (int64_t job = 1; job <= 3; ++job) {
    supervisor_->StartJob(Run(job, "steps: 100000\nstep_ms: 1\n"));
    ASSERT_TRUE(recorder_.Await([&] { return recorder_.pids_.count(job) > 0; }));
    ASSERT_TRUE(recorder_.Await([&] { return recorder_.events_ > 3; }));
    supervisor_->StopJob(job, modes[job - 1].first);
    WorkerEnd end = recorder_.AwaitEnd(job);
    EXPECT_EQ(end.outcome, modes[job - 1].second);
    EXPECT_GT(end.step, 0);
    recorder_.events_ = 0;
  }
}

TEST_F(SupervisorTest, AJobThatWaitsForAWorkerCanBeStopped) {
  options_.arguments = {"--hello=none"};
  Start();
  supervisor_->StartJob(Run(3, ""));
  supervisor_->StopJob(3, StopMode::kCancel);
  EXPECT_EQ(recorder_.AwaitEnd(3).outcome, "cancelled");
}

TEST_F(SupervisorTest, EscalatesFromStopToTerminate) {
  options_.stop_seconds = 0.2;
  Start();
  supervisor_->StartJob(Run(1, "steps: 100000\nstep_ms: 1\nignore_stop: 1\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.events_ > 0; }));
  supervisor_->StopJob(1, StopMode::kPause);
  WorkerEnd end = recorder_.AwaitEnd(1);
  EXPECT_EQ(end.outcome, "crashed");
  EXPECT_NE(end.message.find("did not stop"), std::string::npos);
}

TEST_F(SupervisorTest, EscalatesFromTerminateToKill) {
  options_.stop_seconds = 0.1;
  options_.terminate_seconds = 0.2;
  Start();
  supervisor_->StartJob(Run(1, "steps: 100000\nstep_ms: 1\nignore_stop: 1\nignore_terminate: 1\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.events_ > 0; }));
  supervisor_->StopJob(1, StopMode::kPause);
  EXPECT_EQ(recorder_.AwaitEnd(1).outcome, "crashed");
}

TEST_F(SupervisorTest, ASlowStopIsWaitedFor) {
  Start();
  supervisor_->StartJob(Run(1, "steps: 100000\nstep_ms: 1\nstop_ms: 300\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.events_ > 0; }));
  supervisor_->StopJob(1, StopMode::kPause);
  EXPECT_EQ(recorder_.AwaitEnd(1).outcome, "paused");
}

TEST_F(SupervisorTest, LastWordsCountForAWorkerThatThenHangs) {
  options_.exit_seconds = 0.1;
  Start();
  supervisor_->StartJob(Run(1, "steps: 3\nlinger: 1\n"));
  EXPECT_EQ(recorder_.AwaitEnd(1).outcome, "succeeded");
}

TEST_F(SupervisorTest, ACrashIsExplainedWithItsSignalAndLastWords) {
  Start();
  supervisor_->StartJob(Run(1, "crash_at: 3\n"));
  WorkerEnd end = recorder_.AwaitEnd(1);
  EXPECT_EQ(end.outcome, "crashed");
  EXPECT_EQ(end.reason, "WORKER_CRASHED");
  EXPECT_NE(end.message.find("SIGSEGV"), std::string::npos) << end.message;
  EXPECT_NE(end.message.find("about to crash"), std::string::npos) << end.message;
  EXPECT_EQ(recorder_.events_, 2);
  EXPECT_NE(recorder_.log_.find("stderr: about to crash"), std::string::npos);
}

TEST_F(SupervisorTest, AWorkersWordsTakeLittleRoom) {
  Start();
  supervisor_->StartJob(Run(1, "steps: 100000000\nstep_ms: 2\nloud_bytes: 4000000\n"));
  // All of it was written before the first of these.
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.events_ > 20; }));
  struct stat info = {};
  for (const v1::WorkerProcess& worker : supervisor_->Workers()) {
    // The file has no name; its writer has it open.
    if (worker.role() == "job") ::stat(StrCat("/proc/", worker.pid(), "/fd/2").c_str(), &info);
  }
  EXPECT_GT(info.st_blocks, 0);
  EXPECT_LE(info.st_blocks * 512, 1'500'000);
  supervisor_->StopJob(1, StopMode::kCancel);
  recorder_.AwaitEnd(1);
}

TEST_F(SupervisorTest, AFailureKeepsItsReason) {
  Start();
  supervisor_->StartJob(Run(1, "fail_at: 2\nfail_reason: DISK_FULL\n"));
  WorkerEnd end = recorder_.AwaitEnd(1);
  EXPECT_EQ(end.outcome, "failed");
  EXPECT_EQ(end.reason, "DISK_FULL");
}

TEST_F(SupervisorTest, ASilentWorkerIsEnded) {
  options_.silence_seconds = 0.5;
  Start();
  supervisor_->StartJob(Run(1, "silent_at: 2\n"));
  WorkerEnd end = recorder_.AwaitEnd(1);
  EXPECT_EQ(end.outcome, "crashed");
  EXPECT_EQ(end.reason, "WORKER_SILENT");
}

TEST_F(SupervisorTest, AStoppedWorkerIsEndedTooAlthoughItTakesNoSignal) {
  options_.silence_seconds = 0.5;
  Start();
  supervisor_->StartJob(Run(1, "steps: 100000\nstep_ms: 1\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.pids_.count(1) > 0; }));
  ::kill(static_cast<pid_t>(recorder_.pids_[1]), SIGSTOP);
  EXPECT_EQ(recorder_.AwaitEnd(1).reason, "WORKER_SILENT");
}

TEST_F(SupervisorTest, ASupervisorThatWasItselfStoppedBlamesNobody) {
  options_.silence_seconds = 0.5;
  Start();
  supervisor_->StartJob(Run(1, "steps: 400\nstep_ms: 5\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.events_ > 3; }));
  recorder_.stall_seconds_ = 2;
  EXPECT_EQ(recorder_.AwaitEnd(1).outcome, "succeeded");
  EXPECT_EQ(recorder_.stall_seconds_, 0);
  EXPECT_EQ(recorder_.events_, 400);
}

TEST_F(SupervisorTest, AHostileFrameEndsTheWorkerAndNothingElse) {
  Start();
  supervisor_->StartJob(Run(1, "hostile_at: 3\nsteps: 100000\nstep_ms: 1\n"));
  WorkerEnd end = recorder_.AwaitEnd(1);
  EXPECT_EQ(end.reason, "WORKER_PROTOCOL");
  supervisor_->StartJob(Run(2, "steps: 3\n"));
  EXPECT_EQ(recorder_.AwaitEnd(2).outcome, "succeeded");
}

TEST_F(SupervisorTest, ARunNumbersOnFromWhereItsAttemptWas) {
  Start();
  RunRequest run = Run(1, "steps: 3\nstep_ms: 50\n");
  run.first_number = 5;
  supervisor_->StartJob(run);
  EXPECT_EQ(recorder_.AwaitEnd(1).outcome, "succeeded");
  EXPECT_EQ(recorder_.last_number_, 7);
}

TEST_F(SupervisorTest, NumbersBeforeTheRunsFirstBreakTheProtocol) {
  Start();
  RunRequest run = Run(1, "steps: 100000\nstep_ms: 1\nnumber_from: 3\n");
  run.first_number = 5;
  supervisor_->StartJob(run);
  WorkerEnd end = recorder_.AwaitEnd(1);
  EXPECT_EQ(end.reason, "WORKER_PROTOCOL");
  EXPECT_NE(end.message.find("begin at 5"), std::string::npos) << end.message;
}

TEST_F(SupervisorTest, RefusedEventsEndTheWorker) {
  Start();
  supervisor_->StartJob(Run(1, "steps: 100000\nstep_ms: 1\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.events_ > 0; }));
  supervisor_->RefuseJob(1, 1, absl::InvalidArgumentError("a gap at 17"));
  WorkerEnd end = recorder_.AwaitEnd(1);
  EXPECT_EQ(end.reason, "WORKER_PROTOCOL");
  EXPECT_NE(end.message.find("a gap at 17"), std::string::npos);
}

TEST_F(SupervisorTest, LeavesJobsUnreadWhileThereIsNoRoom) {
  options_.silence_seconds = 0.3;
  recorder_.room_ = false;
  Start();
  supervisor_->StartJob(Run(1, "steps: 300\n"));
  ASSERT_TRUE(recorder_.Await([&] { return recorder_.pids_.count(1) > 0; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));  // longer than the silence limit
  {
    std::lock_guard lock(recorder_.mutex_);
    EXPECT_TRUE(recorder_.ends_.empty());
    recorder_.room_ = true;
  }
  EXPECT_EQ(recorder_.AwaitEnd(1).outcome, "succeeded");
  EXPECT_EQ(recorder_.events_, 300);
}

TEST_F(SupervisorTest, WaitsForTheFormerWorkersLockThenKillsIt) {
  options_.lock_seconds = 0.4;
  RunRequest run = Run(1, "steps: 3\n");
  pid_t former = ::fork();
  if (former == 0) {
    auto lock = FileLock::Acquire(options_.places.job(1) / "lock");
    bool held = lock.ok() && lock->WriteText(StrCat(::getpid(), "\n")).ok();
    while (held) ::pause();
    ::_exit(1);
  }
  ASSERT_GT(former, 0);
  auto is_held = [&] {
    return absl::IsUnavailable(FileLock::TryAcquire(options_.places.job(1) / "lock").status());
  };
  while (!is_held() || ReadFile(options_.places.job(1) / "lock")->empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  auto began = steady_clock::now();
  Start();
  supervisor_->StartJob(run);
  EXPECT_EQ(recorder_.AwaitEnd(1).outcome, "succeeded");
  EXPECT_GE(steady_clock::now() - began, std::chrono::milliseconds(400));
  int status = 0;
  ASSERT_EQ(::waitpid(former, &status, 0), former);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST_F(SupervisorTest, AWorkerThatCannotStartIsReportedWithItsLastWords) {
  options_.arguments = {"--hello=die"};
  Start();
  while (supervisor_->Trouble().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_NE(supervisor_->Trouble().find("libnothing.so is missing"), std::string::npos);
  EXPECT_NE(supervisor_->Trouble().find("status 7"), std::string::npos);
  absl::Status status = supervisor_->Check({{"text", ""}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(MessageOf(status)).find("libnothing.so"), std::string::npos);
}

TEST_F(SupervisorTest, AMissingProgramIsNamed) {
  options_.worker = "/nowhere/lab-worker";
  Start();
  while (supervisor_->Trouble().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_NE(supervisor_->Trouble().find("/nowhere/lab-worker"), std::string::npos);
}

TEST_F(SupervisorTest, BadFirstFramesAreTrouble) {
  for (const char* hello : {"garbage", "protocol", "early"}) {
    options_.arguments = {StrCat("--hello=", hello)};
    Start();
    auto until = steady_clock::now() + std::chrono::seconds(20);
    while (supervisor_->Trouble().empty() && steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_NE(supervisor_->Trouble().find("protocol"), std::string::npos) << hello;
    supervisor_.reset();
  }
}

TEST_F(SupervisorTest, AnswersManyChecksAtOnce) {
  Start();
  std::vector<std::thread> askers;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    askers.emplace_back([&, i] {
      std::string text = StrCat("name: ", i);
      auto answer = supervisor_->Check({{"text", text}});
      if (answer.ok() && (*answer)["resolved"] == text) ++good;
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(good, 8);
}

TEST_F(SupervisorTest, ACheckThatKillsTheWorkerIsUnavailableAndTheNextWorks) {
  Start();
  absl::Status status = supervisor_->Check({{"text", "die"}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(MessageOf(status)).find("status 9"), std::string::npos);
  EXPECT_TRUE(supervisor_->Check({{"text", "fine"}}).ok());
}

TEST_F(SupervisorTest, ACheckWithoutAnswerEndsAtItsDeadline) {
  Start();
  EXPECT_EQ(supervisor_->Check({{"text", "never"}}, std::chrono::milliseconds(50)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(SupervisorTest, ATooLargeConfigIsRefusedAtOnce) {
  Start();
  EXPECT_EQ(supervisor_->Check({{"text", std::string(2 << 20, 'a')}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SupervisorTest, StopFreesThoseWhoWait) {
  options_.arguments = {"--hello=none"};
  Start();
  absl::Status status;
  std::thread asker([&] { status = supervisor_->Check({{"text", ""}}).status(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  supervisor_->Stop();
  asker.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(supervisor_->Check({{"text", ""}}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SupervisorTest, GeneratesFromAnOpenModel) {
  Start();
  auto model = supervisor_->OpenModel(dir_.path());
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->parameter_count(), 1234);
  EXPECT_EQ(model->context(), 64);
  EXPECT_EQ(model->vocabulary(), 257);
  v1::GenerateRequest request;
  request.set_session(model->session());
  request.set_prompt("ab");
  request.set_max_tokens(3);
  std::string text;
  v1::GenerateSummary summary;
  absl::Status status = supervisor_->Generate(
      request,
      [&](const v1::GenerateEvent& event) {
        if (event.has_summary()) {
          summary = event.summary();
        } else {
          text += event.token().text();
          EXPECT_EQ(event.token().top(1).text(), "\xff\xfe");
        }
        return true;
      },
      nullptr);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(text, "aba");
  EXPECT_EQ(summary.text(), "aba");
  EXPECT_EQ(summary.seed(), 7u);
  EXPECT_EQ(summary.stop_reason(), "max_tokens");
}

TEST_F(SupervisorTest, OneInspectWorkerServesSeveralModels) {
  Start();
  auto first = supervisor_->OpenModel(dir_.path());
  auto second = supervisor_->OpenModel(dir_.path());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->session(), second->session());
  int inspecting = 0;
  for (const auto& worker : supervisor_->Workers()) inspecting += worker.role() == "inspect";
  EXPECT_EQ(inspecting, 1);
  EXPECT_TRUE(supervisor_->CloseModel(first->session()).ok());
  EXPECT_EQ(supervisor_->CloseModel(first->session()).code(), absl::StatusCode::kNotFound);
  v1::GenerateRequest request;
  request.set_session(first->session());
  auto ignore = [](const v1::GenerateEvent&) { return true; };
  EXPECT_EQ(supervisor_->Generate(request, ignore, nullptr).code(), absl::StatusCode::kNotFound);
  request.set_session(second->session());
  request.set_max_tokens(1);
  EXPECT_TRUE(supervisor_->Generate(request, ignore, nullptr).ok());
}

TEST_F(SupervisorTest, AModelThatCannotBeOpenedSaysWhy) {
  Start();
  absl::Status status = supervisor_->OpenModel("/nowhere/step-000001").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), "CHECKPOINT_MISSING");
}

TEST_F(SupervisorTest, AGenerationIsAbandonedWhenNobodyWaits) {
  Start();
  auto model = supervisor_->OpenModel(dir_.path());
  ASSERT_TRUE(model.ok());
  v1::GenerateRequest request;
  request.set_session(model->session());
  request.set_max_tokens(1'000'000);
  int tokens = 0;
  absl::Status status = supervisor_->Generate(
      request, [&](const v1::GenerateEvent&) { return ++tokens < 3; }, nullptr);
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(tokens, 3);
  status = supervisor_->Generate(
      request, [](const v1::GenerateEvent&) { return true; }, [] { return true; });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

TEST_F(SupervisorTest, AnUnusedInspectWorkerLeaves) {
  options_.inspect_seconds = 0.2;
  Start();
  auto model = supervisor_->OpenModel(dir_.path());
  ASSERT_TRUE(model.ok());
  auto until = steady_clock::now() + std::chrono::seconds(20);
  auto inspecting = [&] {
    for (const auto& worker : supervisor_->Workers()) {
      if (worker.role() == "inspect") return true;
    }
    return false;
  };
  while (inspecting() && steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(inspecting());
  v1::GenerateRequest request;
  request.set_session(model->session());
  EXPECT_EQ(supervisor_
                ->Generate(
                    request, [](const v1::GenerateEvent&) { return true; }, nullptr)
                .code(),
            absl::StatusCode::kNotFound);
}

TEST_F(SupervisorTest, AKilledInspectWorkerEndsItsGenerations) {
  Start();
  auto model = supervisor_->OpenModel(dir_.path());
  ASSERT_TRUE(model.ok());
  v1::GenerateRequest request;
  request.set_session(model->session());
  request.set_max_tokens(1'000'000);
  absl::Status status = supervisor_->Generate(
      request,
      [&](const v1::GenerateEvent&) {
        for (const auto& worker : supervisor_->Workers()) {
          if (worker.role() == "inspect") ::kill(static_cast<pid_t>(worker.pid()), SIGKILL);
        }
        return true;
      },
      nullptr);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace lab
