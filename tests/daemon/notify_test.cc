// What the service manager is told, heard by a socket that stands in for it.

#include "daemon/process/notify.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/strings.h"
#include "daemon/process/reporter.h"
#include "tests/support/service_manager.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

TEST(Notifier, WithoutASocketNobodyIsTold) {
  auto notifier = Notifier::Open([](const std::string&) { return std::string(); });
  ASSERT_TRUE(notifier.ok());
  EXPECT_FALSE(notifier->heard());
  EXPECT_TRUE(notifier->Send("READY=1"));
}

TEST(Notifier, SendsToAPathAndToAnAbstractName) {
  TempDir dir;
  for (const std::string& name :
       {(dir.path() / "notify").string(), StrCat("@lab-notify-", ::getpid())}) {
    ServiceManager manager(name);
    Notifier notifier = manager.Open("20000000", StrCat(::getpid()));
    EXPECT_EQ(notifier.watchdog_seconds(), 20);
    EXPECT_TRUE(notifier.Send("READY=1\nSTATUS=idle"));
    EXPECT_TRUE(manager.Await("READY=1\nSTATUS=idle\n")) << name;
    EXPECT_EQ(manager.Open("20000000", "1").watchdog_seconds(), 0) << "another process's watchdog";
  }
}

TEST(Notifier, RefusesOtherSockets) {
  for (const char* name : {"relative", "vsock:2:1234", "@"}) {
    auto notifier = Notifier::Open(
        [&](const std::string& asked) { return asked == "NOTIFY_SOCKET" ? name : ""; });
    EXPECT_FALSE(notifier.ok()) << name;
  }
  const std::string long_name = "/" + std::string(200, 'n');
  EXPECT_FALSE(Notifier::Open([&](const std::string& asked) {
                 return asked == "NOTIFY_SOCKET" ? long_name : std::string();
               }).ok());
}

// A lab whose threads can be made to hang.
struct FakeLab {
  std::mutex mutex;
  std::string summary = "idle";
  std::atomic<int64_t> active{0};
  std::atomic<bool> hangs{false};

  Reporter::Lab Lab() {
    return {[this] {
              std::lock_guard lock(mutex);
              return summary;
            },
            [this](const std::function<void(std::string_view)>& asking) {
              asking("scheduler");
              while (hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            },
            [this] { return active.load(); }};
  }
  void Say(const std::string& text) {
    std::lock_guard lock(mutex);
    summary = text;
  }
};

TEST(Reporter, TellsReadinessStatusReloadsAndPatience) {
  TempDir dir;
  ServiceManager manager((dir.path() / "n").string());
  FakeLab lab;
  Reporter reporter(manager.Open());
  reporter.Starting("starting");
  EXPECT_TRUE(manager.Await("STATUS=starting\n"));
  EXPECT_EQ(manager.Count("READY=1"), 0);
  reporter.Ready(lab.Lab());
  EXPECT_TRUE(manager.Await("READY=1\nSTATUS=idle\n"));
  lab.Say("run 12 step 800/5000, 3 queued");
  EXPECT_TRUE(manager.Await("STATUS=run 12 step 800/5000, 3 queued\n"));
  // Nothing new is not told again.
  EXPECT_EQ(manager.Count("STATUS=idle"), 1);
  manager.Forget();
  reporter.Reloading();
  reporter.Reloaded();
  EXPECT_TRUE(manager.Await("READY=1\n"));
  EXPECT_EQ(manager.all().rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0u) << manager.all();
  EXPECT_EQ(manager.Count("EXTEND_TIMEOUT_USEC"), 0);
  lab.active = 2;
  reporter.Stopping();
  EXPECT_TRUE(manager.Await("STOPPING=1"));
  EXPECT_TRUE(manager.Await("EXTEND_TIMEOUT_USEC=30000000")) << manager.all();
  EXPECT_TRUE(manager.Await("STATUS=leaving: 2 jobs left to write a checkpoint"));
  EXPECT_EQ(manager.Count("WATCHDOG=1"), 0);
  lab.active = 0;
  EXPECT_TRUE(manager.Await("STATUS=leaving: 0 jobs left"));
}

TEST(Reporter, ShowsNoSignOfLifeWhileAThreadHangs) {
  TempDir dir;
  ServiceManager manager((dir.path() / "n").string());
  FakeLab lab;
  Reporter reporter(manager.Open("800000"));
  reporter.Ready(lab.Lab());
  EXPECT_TRUE(manager.Until([&] { return manager.Count("WATCHDOG=1") >= 3; }));
  lab.hangs = true;
  // The status goes on: it is not the reporter that hangs. Once the last answer is older than half
  // of the limit, no sign of life comes in so many turns; before, one comes in every four.
  int64_t turn = 0;
  EXPECT_TRUE(manager.Until([&] {
    ++turn;
    manager.Forget();
    for (int i = 0; i < 8; ++i) {
      lab.Say(StrCat("turn ", turn, ".", i));
      if (!manager.Await(StrCat("STATUS=turn ", turn, ".", i, "\n"))) return false;
    }
    return turn > 2 && manager.Count("WATCHDOG=1") == 0;
  }));
  lab.hangs = false;
  EXPECT_TRUE(manager.Await("WATCHDOG=1"));
}

}  // namespace
}  // namespace lab
