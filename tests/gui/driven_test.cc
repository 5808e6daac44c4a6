// One session at the desktop, driven as a person would: a real labd, the real worker, real buttons.
// A failure leaves a picture of the window in the build folder.

#include <gmock/gmock.h>

#include <QApplication>
#include <QPushButton>
#include <QSettings>
#include <QTest>
#include <algorithm>
#include <csignal>

#include "gui/app/main_window.h"
#include "gui/models/run.h"
#include "gui/widgets/job_table.h"
#include "tests/gui/events.h"
#include "tests/support/temp_dir.h"

namespace lab::gui {
namespace {

constexpr double kPatience = 240;  // seconds; the worker may have one busy core

class Driven : public ::testing::Test {
 protected:
  Driven() {
    ::setenv("LAB_HOME", dir_.path().c_str(), 1);
    ::unsetenv("LAB_HOST");
    ::setenv("LAB_WORKER", LAB_REAL_WORKER, 1);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, q(dir_.path().string()));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    theme_ = std::make_unique<Theme>(qApp);
    lab_ = std::make_unique<Lab>();
    window_ = std::make_unique<MainWindow>(lab_.get(), theme_.get());
    window_->resize(1280, 800);
    window_->go({QStringLiteral("home")});
    window_->show();
    lab_->session.connectTo({});
  }
  ~Driven() override {
    if (HasFailure()) window_->grab().save(QStringLiteral(LAB_FAILURE_PICTURE));
    window_.reset();
    bool left = false;
    lab_->session.ask(
        qApp, [](const LabClient& client) { return client.Shutdown(); },
        [&](const absl::Status&) { left = true; });
    awaitEvents([&] { return left; });
    lab_.reset();
  }

  bool await(const std::function<bool()>& condition) { return awaitEvents(condition, kPatience); }
  // The button of this page with this text, once it can be pressed.
  QPushButton* button(const QString& text) {
    QPushButton* found = nullptr;
    await([&] {
      for (QPushButton* each : window_->page()->findChildren<QPushButton*>()) {
        if (each->text() == text && each->isVisible() && each->isEnabled()) found = each;
      }
      return found != nullptr;
    });
    return found;
  }
  void press(const QString& text) {
    QPushButton* found = button(text);
    ASSERT_NE(found, nullptr) << utf8(text) << " cannot be pressed";
    QTest::mouseClick(found, Qt::LeftButton);
  }
  v1::Job::State state(int64_t id) {
    const v1::Job* job = lab_->jobs.find(id);
    return job == nullptr ? v1::Job::STATE_UNSPECIFIED : job->state();
  }
  int64_t step(int64_t id) {
    const v1::Job* job = lab_->jobs.find(id);
    return job == nullptr ? 0 : job->progress().step();
  }

  TempDir dir_;
  std::unique_ptr<Theme> theme_;
  std::unique_ptr<Lab> lab_;
  std::unique_ptr<MainWindow> window_;
};

TEST_F(Driven, FirstRunSteeredThroughAKilledLabd) {
  ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Start the first run")));
  ASSERT_TRUE(await([&] { return state(1) == v1::Job::RUNNING && step(1) >= 3; }));

  window_->go({QStringLiteral("jobs"), 1});
  auto* table = window_->page()->findChild<JobTable*>();
  ASSERT_NE(table, nullptr);
  ASSERT_TRUE(await([&] { return table->currentJob() == 1; }));
  gui::Run run(&lab_->session, &lab_->jobs, 1);
  lab_->actions.set(1, {"optim.learning_rate=1e-3"});
  ASSERT_TRUE(await([&] {
    return std::any_of(run.marks().begin(), run.marks().end(),
                       [](const v1::Mark& mark) { return mark.kind() == "set"; });
  }));

  ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Pause")));
  ASSERT_TRUE(await([&] { return state(1) == v1::Job::PAUSED; }));
  const int64_t paused_at = step(1);

  ASSERT_NE(lab_->session.system(), nullptr);
  ::kill(static_cast<pid_t>(lab_->session.system()->pid()), SIGKILL);
  ASSERT_TRUE(await([&] { return lab_->session.state() == LabSession::State::kLost; }));
  EXPECT_EQ(table->currentJob(), 1) << "what was shown stays";
  ASSERT_TRUE(await([&] { return lab_->session.connected(); })) << "it comes back by itself";

  ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Resume")));
  ASSERT_TRUE(await([&] { return state(1) == v1::Job::RUNNING && step(1) > paused_at; }));
  const Series* loss = run.series("train/loss");
  ASSERT_NE(loss, nullptr);
  ASSERT_TRUE(await([&] { return loss->steps().back() > paused_at; }));
  for (size_t i = 0; i < loss->size(); ++i) {
    ASSERT_EQ(loss->steps()[i], static_cast<int64_t>(i) + 1) << "a gap or a duplicate";
  }
  lab_->actions.act(JobActions::Verb::kCancel, 1);
  ASSERT_TRUE(await([&] { return state(1) == v1::Job::CANCELLED; }));
}

}  // namespace
}  // namespace lab::gui
