// One session at the desktop, driven as a person would: a real labd, the real worker, real buttons.
// A failure leaves a picture of the window in the build folder.

#include <gmock/gmock.h>

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QSettings>
#include <QTest>
#include <algorithm>
#include <csignal>

#include "gui/app/main_window.h"
#include "gui/charts/scatter_chart.h"
#include "gui/models/comparison_table.h"
#include "gui/models/run.h"
#include "gui/widgets/compared_chart.h"
#include "gui/widgets/field_editor.h"
#include "gui/widgets/job_table.h"
#include "gui/widgets/live_settings.h"
#include "gui/widgets/metric_card.h"
#include "gui/widgets/model_pane.h"
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
    window_ = std::make_unique<MainWindow>();
    window_->resize(1280, 800);
    lab_->theme = theme_.get();
    window_->setLab(lab_.get());
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

  template <class Widget>
  Widget* part() {
    return window_->page()->findChild<Widget*>();
  }

  // On the page of the run, with its own control.
  void changeLearningRate(const QString& rate) {
    window_->go({QStringLiteral("pretrain"), 1});
    // The dialog begins with what acts now, which the page has to hear first.
    QString before;
    ASSERT_TRUE(await([&] {
      for (MetricCard* card : window_->page()->findChildren<MetricCard*>()) {
        for (QLabel* label : card->findChildren<QLabel*>()) {
          if (label->text().contains(QStringLiteral("peak "))) before = label->text();
        }
      }
      return !before.isEmpty();
    })) << "the card says the schedule and its peak";
    ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Change…")));
    auto* dialog = part<LiveSettings>();
    ASSERT_NE(dialog, nullptr);
    FieldEditor* editor = dialog->editor("optim.learning_rate");
    ASSERT_NE(editor, nullptr) << "the schema marks it live";
    auto* line = qobject_cast<QLineEdit*>(editor->control());
    ASSERT_NE(line, nullptr);
    EXPECT_FALSE(line->text().isEmpty());
    line->selectAll();
    QTest::keyClicks(line, rate);
    const QPointer<LiveSettings> open = dialog;
    ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Change")));
    ASSERT_TRUE(await([&] { return open == nullptr || !open->isVisible(); })) << "labd took it";
  }

  // Two runs' curves and what differs between them.
  void compareBoth() {
    window_->go({QStringLiteral("compare"), 0, QStringLiteral("1,2")});
    auto* chart = part<ComparedChart>();
    auto* table = part<ComparisonTable>();
    ASSERT_TRUE(chart != nullptr && table != nullptr);
    const auto holds = [](const std::string& text, const std::string& word) {
      return text.find(word) != std::string::npos;
    };
    ASSERT_TRUE(await([&] {
      return holds(chart->csv(), "1 first run") && holds(chart->csv(), "2 first run");
    })) << chart->csv().substr(0, 200);
    EXPECT_TRUE(await([&] { return holds(table->csv(), "optim.learning_rate"); })) << table->csv();
    EXPECT_TRUE(holds(table->csv(), "train.steps")) << table->csv();
    ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Sweep")));
    auto* dots = part<ScatterChart>();
    ASSERT_NE(dots, nullptr);
    EXPECT_EQ(dots->shown(), 2U);
    ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Curves")));
  }

  void generateFrom(const QString& reference) {
    window_->go({QStringLiteral("generate"), 0, reference});
    ASSERT_NO_FATAL_FAILURE(press(QStringLiteral("Generate")));
    auto* pane = part<ModelPane>();
    ASSERT_NE(pane, nullptr);
    const auto written = [pane] { return pane->generation().tokens().size(); };
    ASSERT_TRUE(await([&] { return written() > 0 || pane->failed(); })) << "text arrives";
    ASSERT_FALSE(pane->failed());
    ASSERT_TRUE(await([&] { return window_->page()->settled(); }));
    EXPECT_FALSE(pane->generation().text().empty());
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
  ASSERT_NO_FATAL_FAILURE(changeLearningRate(QStringLiteral("1e-3")));
  ASSERT_TRUE(await([&] {
    return std::any_of(run.marks().begin(), run.marks().end(), [](const v1::Mark& mark) {
      return mark.kind() == "set" && mark.text().find("learning_rate") != std::string::npos;
    });
  }));
  window_->go({QStringLiteral("jobs"), 1});

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

  v1::DuplicateJobRequest again;
  again.set_job_id(1);
  again.add_overrides("train.steps=4");
  again.add_overrides("optim.learning_rate=1e-4");
  lab_->actions.duplicate(again);
  ASSERT_TRUE(await([&] { return state(2) == v1::Job::SUCCEEDED; }));
  ASSERT_NO_FATAL_FAILURE(compareBoth());
  ASSERT_NO_FATAL_FAILURE(generateFrom(QStringLiteral("2")));
}

}  // namespace
}  // namespace lab::gui
