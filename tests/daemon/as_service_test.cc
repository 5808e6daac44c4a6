// labd as a service: what its manager hears, signals, its log.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log_file.h"
#include "core/base/strings.h"
#include "lab/v1/system.grpc.pb.h"
#include "tests/daemon/daemon_fixture.h"
#include "tests/support/service_manager.h"

namespace lab {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Job = v1::Job;

class ServiceTest : public DaemonTest {
 protected:
  ServiceTest() {
    std::filesystem::create_directories(places_.config);
    std::filesystem::create_directories(places_.state);
  }
  ~ServiceTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC"}) ::unsetenv(name);
  }

  void WriteSettings(const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(places_.config / "labd.yaml", text).ok());
  }
  // What labd has logged, its older files first.
  std::string Log() {
    LogReader log(log_, 0);
    std::string all;
    while (true) {
      std::string piece = *log.Next();
      if (piece.empty()) return all;
      all += piece;
    }
  }
  bool AwaitLog(const std::string& text) {
    return Eventually([&] { return Log().find(text) != std::string::npos; });
  }

  std::filesystem::path log_ = dir_.path() / "labd.err";
};

TEST_F(ServiceTest, TheManagerHearsOfItsWholeLife) {
  ServiceManager manager((dir_.path() / "notify").string());
  ::setenv("NOTIFY_SOCKET", (dir_.path() / "notify").c_str(), 1);
  ::setenv("WATCHDOG_USEC", "2000000", 1);
  Start();
  EXPECT_TRUE(manager.Await("READY=1\nSTATUS=idle\n")) << manager.all();
  EXPECT_EQ(manager.all().find("STATUS=opening the home"), 0u) << manager.all();
  EXPECT_TRUE(manager.Await("WATCHDOG=1"));
  int64_t id = Submit("steps: 100000\nstep_ms: 2\nstop_ms: 3000\n");
  int64_t next = Submit("steps: 3\n");
  EXPECT_TRUE(manager.Await(StrCat("STATUS=run ", id, " step "))) << manager.all();
  EXPECT_TRUE(manager.Await("/100000, 1 queued\n")) << manager.all();
  // A worker must not speak in labd's name.
  ASSERT_TRUE(Eventually([&] { return Get(id).worker_pid() > 0; }));
  auto environment = ReadFile(StrCat("/proc/", Get(id).worker_pid(), "/environ"));
  ASSERT_TRUE(environment.ok());
  EXPECT_THAT(*environment, Not(HasSubstr("NOTIFY_SOCKET")));
  EXPECT_THAT(*environment, Not(HasSubstr("WATCHDOG_USEC")));

  manager.Forget();
  ::kill(pid_, SIGHUP);
  EXPECT_TRUE(manager.Until([&] { return manager.Count("READY=1") == 1; })) << manager.all();
  EXPECT_LT(manager.all().find("RELOADING=1"), manager.all().find("READY=1"));

  manager.Forget();
  ::kill(pid_, SIGTERM);
  EXPECT_TRUE(manager.Await("STOPPING=1")) << manager.all();
  EXPECT_TRUE(manager.Await("EXTEND_TIMEOUT_USEC=")) << manager.all();
  EXPECT_EQ(Wait(), 0);
  ::unsetenv("NOTIFY_SOCKET");
  Start();
  EXPECT_EQ(Get(next).state(), Job::QUEUED);
}

TEST_F(ServiceTest, AStoppedLabdShowsNoSignOfLife) {
  ServiceManager manager((dir_.path() / "notify").string());
  ::setenv("NOTIFY_SOCKET", (dir_.path() / "notify").c_str(), 1);
  ::setenv("WATCHDOG_USEC", "400000", 1);
  Start();
  ASSERT_TRUE(manager.Await("WATCHDOG=1"));
  ::kill(pid_, SIGSTOP);
  // What was on its way comes; then nothing for the whole limit, and more.
  EXPECT_TRUE(manager.Until([&] {
    manager.Forget();
    return !manager.Await("WATCHDOG=1", 1.0);
  }));
  ::kill(pid_, SIGCONT);
  EXPECT_TRUE(manager.Await("WATCHDOG=1"));
}

TEST_F(ServiceTest, SighupTakesOverWhatIsLive) {
  WriteSettings("idle_exit_minutes: 0\n");
  Start();
  WriteSettings("log:\n  level: debug\nworker:\n  max_crashes: 1\nwatch:\n  max_streams: 9\n");
  ::kill(pid_, SIGHUP);
  ASSERT_TRUE(AwaitLog("max_crashes: 1, was 3")) << Log();
  EXPECT_THAT(Log(), HasSubstr("log.level: debug, was info"));
  EXPECT_THAT(Log(), HasSubstr("watch.max_streams: stays 256, not 9"));
  EXPECT_THAT(Log(), HasSubstr("restart to apply"));
  int64_t id = Submit("steps: 10\ncrash_at: 3\n");
  ASSERT_TRUE(AwaitState(id, Job::FAILED));
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(ServiceTest, SighupWithABrokenFileChangesNothing) {
  WriteSettings("worker:\n  max_crashes: 1\n");
  Start();
  WriteSettings("worker:\n  max_crashs: 2\n");
  ::kill(pid_, SIGHUP);
  ASSERT_TRUE(AwaitLog("the settings stay as they are")) << Log();
  EXPECT_THAT(Log(), HasSubstr("labd.yaml:2: worker.max_crashs: unknown key"));
  int64_t id = Submit("steps: 10\ncrash_at: 3\n");
  ASSERT_TRUE(AwaitState(id, Job::FAILED));
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(ServiceTest, AnIdleLimitThatComesWithAReloadEndsLabd) {
  Start();
  WriteSettings("idle_exit_minutes: 0.001\n");
  ::kill(pid_, SIGHUP);
  EXPECT_EQ(Wait(), 0);
  EXPECT_THAT(Log(), HasSubstr("nothing to do for"));
}

TEST_F(ServiceTest, Sigusr1MakesRunningJobsWriteACheckpoint) {
  Start();
  int64_t id = Submit("steps: 100000\nstep_ms: 2\n");
  ASSERT_TRUE(AwaitStep(id, 3));
  EXPECT_EQ(Get(id).checkpoints_size(), 0);
  ::kill(pid_, SIGUSR1);
  EXPECT_TRUE(Eventually([&] { return Get(id).checkpoints_size() == 1; }));
  EXPECT_EQ(Get(id).state(), Job::RUNNING);
  EXPECT_TRUE(AwaitLog("asked 1 running jobs for a checkpoint"));
}

TEST_F(ServiceTest, InATerminalThatClosesLabdLeaves) {
  // labd gets the terminal as its stdin; then its other side is closed.
  int master = -1;
  int slave = -1;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  const int saved = ::dup(STDIN_FILENO);
  ::dup2(slave, STDIN_FILENO);
  Start();
  ::dup2(saved, STDIN_FILENO);
  ::close(saved);
  ::close(slave);
  int64_t id = Submit("steps: 100000\nstep_ms: 2\n");
  ASSERT_TRUE(AwaitStep(id, 3));
  ::close(master);
  ::kill(pid_, SIGHUP);  // the kernel sends it to a session's leader only
  EXPECT_EQ(Wait(), 0);
  EXPECT_THAT(Log(), HasSubstr("leaving: jobs write their checkpoints"));
}

TEST_F(ServiceTest, ItsOwnLogIsRotatedAndReadAcrossTheRotation) {
  log_ = places_.log();
  WriteSettings("log:\n  max_bytes: 4096\n  keep: 3\n");
  StartInto(log_);
  auto system = v1::SystemService::NewStub(channel_);
  grpc::ClientContext context;
  v1::ReadDaemonLogRequest request;
  request.set_follow(true);
  auto stream = system->ReadDaemonLog(&context, request);
  std::string seen;
  v1::DaemonLogChunk chunk;
  while (seen.find(" serves ") == std::string::npos && stream->Read(&chunk)) seen += chunk.text();
  // Each reload leaves a line that can be told from the others.
  int turn = 0;
  while (!std::filesystem::exists(OlderLog(log_, 2))) {
    WriteSettings(
        StrCat("log:\n  max_bytes: 4096\n  keep: 3\nleave_seconds: ", 100 + ++turn, "\n"));
    ::kill(pid_, SIGHUP);
    const std::string line = StrCat("leave_seconds: ", 100 + turn, ", was ");
    while (seen.find(line) == std::string::npos && stream->Read(&chunk)) seen += chunk.text();
    ASSERT_THAT(seen, HasSubstr(line));
    ASSERT_LT(turn, 500);
  }
  context.TryCancel();
  EXPECT_EQ(seen, Log().substr(0, seen.size()));
  EXPECT_LT(std::filesystem::file_size(OlderLog(log_, 1)), 5000u);
  EXPECT_EQ(Terminate(), 0);
  EXPECT_THAT(*ReadFile(log_), HasSubstr("labd has left"));
}

TEST_F(ServiceTest, AJobsLogIsKeptSmallToo) {
  WriteSettings("log:\n  job_max_bytes: 4096\n");
  Start();
  int64_t id = Submit("steps: 400\nlog_bytes: 100\n");
  ASSERT_TRUE(AwaitState(id, Job::SUCCEEDED));
  const std::filesystem::path log = places_.job(id) / "log";
  EXPECT_TRUE(std::filesystem::exists(OlderLog(log, 1)));
  EXPECT_FALSE(std::filesystem::exists(OlderLog(log, 2)));
  EXPECT_LT(std::filesystem::file_size(OlderLog(log, 1)), 5000u);
  EXPECT_LT(std::filesystem::file_size(log), 5000u);
}

}  // namespace
}  // namespace lab
