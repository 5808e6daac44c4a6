// labd as a process: its log, its status line, reloads, what signals mean.

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/descriptor.h"
#include "core/base/file.h"
#include "core/base/log_file.h"
#include "core/base/strings.h"
#include "daemon/process/log_sink.h"
#include "daemon/process/reload.h"
#include "daemon/process/signals.h"
#include "daemon/process/summary.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Puts stderr and the default logger back.
class LogSinkTest : public ::testing::Test {
 protected:
  LogSinkTest() : saved_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)) {}
  ~LogSinkTest() override {
    ::dup2(saved_.get(), STDERR_FILENO);
    spdlog::set_default_logger(logger_);
  }
  void StderrTo(const std::filesystem::path& file) {
    Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    ASSERT_EQ(::dup2(fd.get(), STDERR_FILENO), STDERR_FILENO);
  }

  TempDir dir_;
  const std::filesystem::path file_ = dir_.path() / "labd.log";
  std::shared_ptr<spdlog::logger> logger_ = spdlog::default_logger();
  Descriptor saved_;
};

TEST_F(LogSinkTest, RotatesBySizeAndLosesNothing) {
  StderrTo(file_);
  auto sink = StartLog(false);
  sink->Limit(file_, 1000, 3);
  LogReader reader(file_, 0);
  std::string read;
  for (int i = 0; i < 100; ++i) {
    spdlog::info("line {} of a log", i);
    if (i % 3 == 0) read += *reader.Next();
  }
  while (true) {
    const std::string piece = *reader.Next();
    if (piece.empty()) break;
    read += piece;
  }
  size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    at = read.find(StrCat(" info line ", i, " of a log\n"), at);
    ASSERT_NE(at, std::string::npos) << i << "\n" << read;
  }
  EXPECT_EQ(std::count(read.begin(), read.end(), '\n'), 100);
  for (int number = 0; number <= 3; ++number) {
    EXPECT_LT(std::filesystem::file_size(OlderLog(file_, number)), 1100u) << number;
  }
  EXPECT_FALSE(std::filesystem::exists(OlderLog(file_, 4)));
  // What others write to stderr goes to the new file, too.
  ASSERT_EQ(::write(STDERR_FILENO, "gRPC says\n", 10), 10);
  EXPECT_THAT(*ReadFile(file_), HasSubstr("gRPC says\n"));
  struct stat info = {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(LogSinkTest, GoesOnWhereRotatingFails) {
  StderrTo(file_);
  std::filesystem::create_directories(OlderLog(file_, 1) / "in");
  auto sink = StartLog(false);
  sink->Limit(file_, 200, 1);
  for (int i = 0; i < 20; ++i) spdlog::info("line {} that must not get lost", i);
  const std::string log = *ReadFile(file_);
  EXPECT_THAT(log, HasSubstr("line 19 that must"));
  EXPECT_THAT(log, HasSubstr("labd: the log grows on: rotating "));
  // Not with every line.
  EXPECT_LT(log.find("labd: the log grows on"), log.rfind("line 19"));
  size_t complaints = 0;
  for (size_t at = 0; (at = log.find("grows on", at)) != std::string::npos; ++at) ++complaints;
  EXPECT_LT(complaints, 10u);
}

TEST_F(LogSinkTest, OpensTheFileAnewWhenSomebodyHasMovedIt) {
  StderrTo(file_);
  auto sink = StartLog(false);
  sink->Limit(file_, 1'000'000, 1);
  spdlog::info("before");
  std::filesystem::rename(file_, dir_.path() / "taken");
  sink->Reopen();
  spdlog::info("after");
  EXPECT_THAT(*ReadFile(file_), HasSubstr("after"));
  EXPECT_THAT(*ReadFile(dir_.path() / "taken"), HasSubstr("before"));
}

TEST_F(LogSinkTest, TheJournalGetsPrioritiesAndNoTime) {
  StderrTo(file_);
  StartLog(true);
  spdlog::info("one");
  spdlog::warn("two\nlines");
  spdlog::error("three");
  EXPECT_EQ(*ReadFile(file_), "<6>one\n<4>two\n<4>lines\n<3>three\n");
}

TEST_F(LogSinkTest, KnowsTheJournalByItsFile) {
  StderrTo(file_);
  struct stat info = {};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  auto journal = [](std::string value) {
    return StderrIsJournal([value](const std::string& name) {
      return name == "JOURNAL_STREAM" ? value : std::string();
    });
  };
  EXPECT_TRUE(journal(StrCat(info.st_dev, ":", info.st_ino)));
  EXPECT_FALSE(journal(StrCat(info.st_dev, ":", info.st_ino + 1)));
  EXPECT_FALSE(journal(""));
}

TEST(Signals, MeanWhatTheyAreDocumentedToMean) {
  for (bool terminal : {false, true}) {
    EXPECT_EQ(OrderOf(SIGTERM, terminal), Order::kLeave);
    EXPECT_EQ(OrderOf(SIGINT, terminal), Order::kLeave);
    EXPECT_EQ(OrderOf(SIGUSR1, terminal), Order::kCheckpoint);
    EXPECT_EQ(OrderOf(SIGCHLD, terminal), Order::kNone);
  }
  EXPECT_EQ(OrderOf(SIGHUP, false), Order::kReload);
  EXPECT_EQ(OrderOf(SIGHUP, true), Order::kLeave);
}

JobRecord Running(int64_t id, int64_t step, int64_t total) {
  JobRecord record;
  record.job.set_id(id);
  record.job.set_state(v1::Job::RUNNING);
  record.job.mutable_progress()->set_step(step);
  record.job.mutable_progress()->set_total_steps(total);
  return record;
}

TEST(Summary, IsOneLine) {
  EXPECT_EQ(SummaryOf({}, 0, ""), "idle");
  EXPECT_EQ(SummaryOf({Running(12, 800, 5000)}, 3, ""), "run 12 step 800/5000, 3 queued");
  JobRecord early = Running(13, 0, 0);
  EXPECT_EQ(SummaryOf({early}, 0, ""), "run 13 starting");
  early.job.mutable_progress()->set_phase("tokenising");
  EXPECT_EQ(SummaryOf({early}, 0, ""), "run 13 tokenising");
  JobRecord leaving = Running(14, 5, 9);
  leaving.job.set_state(v1::Job::STOPPING);
  EXPECT_EQ(SummaryOf({leaving}, 0, ""), "run 14 stopping, step 5/9");
  EXPECT_EQ(SummaryOf({}, 2, "the disk is full\nreally"),
            "2 queued, starts no jobs: the disk is full");
}

class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() {
    std::string home = dir_.path().string();
    places_ =
        *FindPlaces([home](const std::string& name) { return name == "LAB_HOME" ? home : ""; });
    std::filesystem::create_directories(places_.config);
  }
  void Write(const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(places_.config / "labd.yaml", text).ok());
  }
  absl::StatusOr<LoadedSettings> Load() {
    return LoadSettings(places_, "", {{"--listen", "listen=127.0.0.1:1"}});
  }

  TempDir dir_;
  Places places_;
};

TEST_F(ReloadTest, TakesOverWhatIsLiveAndNamesTheRest) {
  Write("leave_seconds: 20\n");
  std::vector<double> applied;
  Reloader reloader(
      *Load(), [this] { return Load(); },
      [&](const Settings& settings) { applied.push_back(settings.leave_seconds); });
  Write("leave_seconds: 40\nwatch:\n  max_streams: 7\nlisten: 127.0.0.1:2\n");
  const std::string file = (places_.config / "labd.yaml").string();
  auto report = reloader.Reload();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->changed, ElementsAre("leave_seconds: 40, was 20 (" + file + ":1)"));
  // The command line is still stronger than the file.
  EXPECT_THAT(report->waiting, ElementsAre("watch.max_streams: stays 256, not 7 (" + file +
                                           ":3): restart to apply"));
  EXPECT_THAT(applied, ElementsAre(40.0));

  // What waits for a restart is named again; what holds already is not.
  report = reloader.Reload();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->changed.empty());
  EXPECT_EQ(report->waiting.size(), 1u);
}

TEST_F(ReloadTest, ABrokenFileChangesNothing) {
  Write("leave_seconds: 20\n");
  int applied = 0;
  Reloader reloader(
      *Load(), [this] { return Load(); }, [&](const Settings&) { ++applied; });
  Write("leave_seconds: soon\nlog: {levl: debug}\n");
  auto report = reloader.Reload();
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(std::string(MessageOf(report.status())), HasSubstr("labd.yaml:1: leave_seconds"));
  EXPECT_THAT(std::string(MessageOf(report.status())), HasSubstr("labd.yaml:2: log.levl"));
  EXPECT_EQ(applied, 0);
  Write("leave_seconds: 30\n");
  report = reloader.Reload();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->changed.size(), 1u);
  EXPECT_THAT(report->changed[0], HasSubstr("30, was 20"));
}

}  // namespace
}  // namespace lab
