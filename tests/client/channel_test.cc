#include "proto/client/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "tests/client/fake_lab.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

Environment With(std::map<std::string, std::string> values) {
  return [values](const std::string& name) {
    auto found = values.find(name);
    return found == values.end() ? "" : found->second;
  };
}

TEST(Channel, TellsWhetherSomebodyListensAndServes) {
  testing::FakeLab lab;
  Address address{lab.socket(), false};
  EXPECT_TRUE(SomebodyListens(lab.socket()));
  EXPECT_TRUE(IsServing(OpenChannel(address), 5));
  lab.Stop();
  EXPECT_FALSE(SomebodyListens(lab.socket()));
  EXPECT_FALSE(IsServing(OpenChannel(address), 0.2));
  EXPECT_FALSE(SomebodyListens(lab.socket() + ".nothing"));
}

// A home whose labd is tests/client/fake_labd.cc.
class StartTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("LAB_HOME", dir_.path().c_str(), 1);
    options_.binary = LAB_FAKE_LABD;
  }
  void TearDown() override {
    ASSERT_TRUE(WriteFileAtomically(dir_.path() / "stop", "").ok());
    Address address{(dir_.path() / "run/labd.sock").string(), true};
    while (SomebodyListens(address.socket)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::unsetenv("LAB_HOME");
  }
  void Role(const char* role) { ASSERT_TRUE(WriteFileAtomically(dir_.path() / "role", role).ok()); }

  TempDir dir_;
  StartOptions options_;
};

TEST_F(StartTest, StartsADaemonThatKeepsNothingOfItsStarter) {
  Role("serve");
  int kept_open = open("/dev/null", O_RDONLY);  // inheritable on purpose
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
  auto started = EnsureDaemon(options_);
  pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
  close(kept_open);
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(*started, DaemonStart::kStarted);
  EXPECT_EQ(*ReadFile(dir_.path() / "facts"),
            StrCat("leader 1\nstdin /dev/null\nstdout /dev/null\nstderr ",
                   std::filesystem::canonical(dir_.path() / "state/labd.log").string(),
                   "\ndescriptors 0\nblocked 0\n"));
}

TEST_F(StartTest, StartsNoSecondOne) {
  Role("serve");
  ASSERT_TRUE(EnsureDaemon(options_).ok());
  options_.binary = "/nowhere/labd";
  EXPECT_EQ(*EnsureDaemon(options_), DaemonStart::kWasRunning);
}

// A labd that was killed holds its socket until the kernel has taken it apart.
TEST_F(StartTest, StartsOneWhenTheOneThatListenedIsGone) {
  Role("serve");
  ASSERT_TRUE(CreatePlaces(*FindPlaces()).ok());
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  FindPlaces()->socket().string().copy(name.sun_path, sizeof(name.sun_path) - 1);
  int dying = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(dying, reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
  ASSERT_EQ(listen(dying, 8), 0);
  std::thread death([&] {
    int asked = accept(dying, nullptr, nullptr);  // EnsureDaemon found it
    close(dying);
    close(asked);
  });
  auto started = EnsureDaemon(options_);
  death.join();
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(*started, DaemonStart::kStarted);
}

TEST_F(StartTest, QuotesTheLogOfADaemonThatDies) {
  Role("die");
  ASSERT_TRUE(CreatePlaces(*FindPlaces()).ok());
  ASSERT_TRUE(WriteFileAtomically(dir_.path() / "state/labd.log", "an older run\n").ok());
  auto started = EnsureDaemon(options_);
  EXPECT_EQ(started.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(started.status()), "DAEMON_START_FAILED");
  std::string message(MessageOf(started.status()));
  EXPECT_THAT(message, HasSubstr("exit status 3"));
  EXPECT_THAT(message, HasSubstr("the database is of a newer schema"));
  EXPECT_THAT(message, HasSubstr("state/labd.log"));
  EXPECT_EQ(message.find("an older run"), std::string::npos);
}

TEST_F(StartTest, WaitsForTheDaemonThatWonTheRace) {
  Role("lose");
  auto started = EnsureDaemon(options_);
  EXPECT_TRUE(started.ok()) << started.status();
}

TEST_F(StartTest, SaysWhereItLookedForTheProgram) {
  TempDir empty;
  auto nowhere = FindDaemonBinary(With({{"PATH", empty.path().string()}}));
  // Beside this test may lie a real labd; then that is the answer.
  if (nowhere.ok()) {
    EXPECT_EQ(std::filesystem::path(*nowhere).filename(), "labd");
  } else {
    EXPECT_THAT(std::string(MessageOf(nowhere.status())), HasSubstr("nor on PATH"));
  }
}

}  // namespace
}  // namespace lab
