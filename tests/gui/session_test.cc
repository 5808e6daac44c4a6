// The session against a real labd, which is killed, stopped and told to leave.

#include "gui/session/lab_session.h"

#include <gmock/gmock.h>

#include <QSignalSpy>
#include <QThread>
#include <QTimer>
#include <latch>

#include "gui/models/run.h"
#include "gui/models/words.h"
#include "tests/daemon/daemon_fixture.h"
#include "tests/gui/events.h"

namespace lab::gui {
namespace {

using State = LabSession::State;

constexpr double kLongMs = 30'000;  // less than any deadline of a call to a labd that is stopped

class Session : public DaemonTest {
 protected:
  ~Session() override {
    if (pid_ > 0) ::kill(pid_, SIGCONT);
    // One that the session started itself, if a test broke off before it had left.
    if (pid_ < 0 && session_ && session_->connected() && session_->system() != nullptr) {
      ::kill(static_cast<pid_t>(session_->system()->pid()), SIGKILL);
    }
  }
  // Not the default way: nothing is started unasked.
  void connectHere() {
    session_ = std::make_unique<LabSession>();
    session_->connectTo(QStringLiteral("unix:") + q(places_.socket().string()));
    ASSERT_TRUE(awaitState(State::kConnected));
  }
  bool awaitState(State state) {
    return awaitEvents([&] { return session_->state() == state; });
  }
  static absl::StatusOr<v1::Job> getJob(const LabClient& client) { return client.GetJob(1); }

  std::unique_ptr<LabSession> session_;
};

TEST_F(Session, DeliversAnswersOnTheGuiThread) {
  Start();
  connectHere();
  QObject receiver;
  QThread* called = nullptr;
  QThread* delivered = nullptr;
  session_->ask(
      &receiver,
      [&](const LabClient& client) {
        called = QThread::currentThread();
        return client.ListJobs();
      },
      [&](const absl::StatusOr<v1::ListJobsResponse>& answer) {
        EXPECT_TRUE(answer.ok()) << answer.status();
        delivered = QThread::currentThread();
      });
  EXPECT_EQ(delivered, nullptr) << "never from within ask";
  ASSERT_TRUE(awaitEvents([&] { return delivered != nullptr; }));
  EXPECT_EQ(delivered, QCoreApplication::instance()->thread());
  EXPECT_NE(called, delivered);
}

TEST_F(Session, DeliversNothingToWhoIsGone) {
  Start();
  connectHere();
  auto receiver = std::make_unique<QObject>();
  auto go = std::make_shared<std::latch>(1);
  auto told = std::make_shared<bool>(false);
  session_->ask(
      receiver.get(),
      [go](const LabClient& client) {
        go->wait();
        return client.ListJobs();
      },
      [told](const auto&) { *told = true; });
  receiver.reset();
  go->count_down();
  // The session's end waits for the call; what it posted is delivered, or rather not, after it.
  QObject other;
  int answers = 0;
  for (int i = 0; i < 20; ++i) {
    session_->ask(
        &other, [](const LabClient& client) { return client.ListJobs(); },
        [&](const auto&) { ++answers; });
  }
  ASSERT_TRUE(awaitEvents([&] { return answers == 20; }));
  session_.reset();
  QCoreApplication::processEvents();
  EXPECT_FALSE(*told);
}

TEST_F(Session, SaysThatThereIsNoLink) {
  session_ = std::make_unique<LabSession>();
  QObject receiver;
  absl::Status status;
  session_->ask(&receiver, getJob,
                [&](const absl::StatusOr<v1::Job>& job) { status = job.status(); });
  ASSERT_TRUE(awaitEvents([&] { return !status.ok(); }));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(Session, ARunHasNeitherGapNorDuplicateOverAKilledLabd) {
  Start();
  connectHere();
  const int64_t id = Submit("steps: 400\nstep_ms: 5\ncheckpoint_every: 20\n");
  JobStore jobs(session_.get());
  jobs.refresh();
  gui::Run run(session_.get(), &jobs, id);
  const auto steps = [&] {
    const Series* loss = run.series("train/loss");
    return loss == nullptr ? std::vector<int64_t>() : loss->steps();
  };
  for (size_t least : {60u, 160u}) {
    ASSERT_TRUE(awaitEvents([&] { return steps().size() >= least; }));
    Kill();
    ASSERT_TRUE(awaitState(State::kLost));
    EXPECT_GE(steps().size(), least) << "what was shown stays";
    Start();
    ASSERT_TRUE(awaitState(State::kConnected));
  }
  ASSERT_TRUE(awaitEvents([&] { return run.job().state() == v1::Job::SUCCEEDED; }));
  ASSERT_TRUE(awaitEvents([&] { return steps().size() >= 400; }));
  EXPECT_EQ(steps(), UpTo(400));
  EXPECT_EQ(steps(), LossSteps(id));
  for (size_t i = 0; i < 400; ++i) {
    ASSERT_EQ(run.series("train/loss")->values()[i], 1.0 / static_cast<double>(i + 1));
  }
}

TEST_F(Session, AStoppedLabdNeverStopsTheWindow) {
  Start();
  connectHere();
  ASSERT_TRUE(awaitEvents([&] { return session_->system() != nullptr; }));
  ::kill(pid_, SIGSTOP);
  QObject receiver;
  bool answered = false;
  session_->ask(&receiver, getJob, [&](const auto&) { answered = true; });
  // The event loop turns while the call waits.
  int ticks = 0;
  QTimer timer;
  timer.setInterval(0);
  QObject::connect(&timer, &QTimer::timeout, [&] { ++ticks; });
  timer.start();
  ASSERT_TRUE(awaitEvents([&] { return ticks >= 1000; }));
  EXPECT_FALSE(answered);
  timer.stop();
  // Nothing is heard any more: it is said, and whoever waits for an answer hears of it.
  ASSERT_TRUE(awaitState(State::kLost));
  EXPECT_THAT(std::string(session_->trouble().message()), ::testing::HasSubstr("not said a word"));
  ASSERT_TRUE(awaitEvents([&] { return answered; }));
  ::kill(pid_, SIGCONT);
  ASSERT_TRUE(awaitState(State::kConnected)) << "mended by itself";
}

TEST_F(Session, EndsAtOnceWhileLabdIsStopped) {
  Start();
  connectHere();
  const int64_t id = Submit("steps: 100000\nstep_ms: 5\n");
  QObject receiver;
  {
    JobStore jobs(session_.get());
    gui::Run run(session_.get(), &jobs, id);
    ASSERT_TRUE(awaitEvents([&] { return run.series("train/loss") != nullptr; }));
    ::kill(pid_, SIGSTOP);
    for (int i = 0; i < 8; ++i) session_->ask(&receiver, getJob, [](const auto&) { FAIL(); });
  }
  QElapsedTimer since;
  since.start();
  session_.reset();
  EXPECT_LT(since.elapsed(), kLongMs);
  // Also while a try to open the link waits for its first answer.
  session_ = std::make_unique<LabSession>();
  session_->connectTo(QStringLiteral("unix:") + q(places_.socket().string()));
  QCoreApplication::processEvents();
  since.start();
  session_.reset();
  EXPECT_LT(since.elapsed(), kLongMs);
}

TEST_F(Session, StartsLabdButNotOneThatLeftOnPurpose) {
  Start();
  session_ = std::make_unique<LabSession>();
  session_->connectTo({});
  ASSERT_TRUE(awaitState(State::kConnected));
  // A killed one comes back without being asked for.
  Kill();
  ASSERT_TRUE(awaitState(State::kLost));
  ASSERT_TRUE(awaitState(State::kConnected));
  QSignalSpy changes(session_.get(), &LabSession::stateChanged);
  QObject receiver;
  session_->ask(
      &receiver, [](const LabClient& client) { return client.Shutdown(); },
      [](const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; });
  ASSERT_TRUE(awaitState(State::kLost));
  // Two more tries find nobody, and leave it at that.
  const qsizetype before = changes.count();
  ASSERT_TRUE(awaitEvents([&] { return changes.count() >= before + 4; }));
  EXPECT_EQ(session_->state(), State::kLost);
  session_->retryNow();
  ASSERT_TRUE(awaitState(State::kConnected)) << "asked for, it is started";
  bool left = false;
  session_->ask(
      &receiver, [](const LabClient& client) { return client.Shutdown(); },
      [&](const absl::Status&) { left = true; });
  ASSERT_TRUE(awaitEvents([&] { return left; }));
}

TEST_F(Session, GoesToAnotherLabdAndDropsWhatTheFirstOneSays) {
  Start();
  connectHere();
  QObject receiver;
  session_->connectTo(QStringLiteral("unix:") + q((dir_.path() / "nobody.sock").string()));
  EXPECT_EQ(session_->state(), State::kConnecting);
  EXPECT_EQ(session_->system(), nullptr);
  ASSERT_TRUE(awaitState(State::kLost));
  session_->connectTo(QStringLiteral("unix:") + q(places_.socket().string()));
  ASSERT_TRUE(awaitState(State::kConnected));
}

}  // namespace
}  // namespace lab::gui
