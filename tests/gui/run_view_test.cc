// The live view against a labd that tells a run from a test's hands.

#include "gui/widgets/run_view.h"

#include <gmock/gmock.h>

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <chrono>
#include <thread>

#include "gui/models/run_figures.h"
#include "gui/pages/pretrain_page.h"
#include "gui/widgets/field_editor.h"
#include "gui/widgets/live_settings.h"
#include "gui/widgets/observed_charts.h"
#include "gui/widgets/samples_panel.h"
#include "tests/client/fake_lab.h"
#include "tests/gui/form_catalog.h"

namespace lab::gui {
namespace {

using lab::testing::FakeLab;

constexpr int kPatienceMs = 30000;

QString s(const char* utf8) { return QString::fromUtf8(utf8); }

bool waitFor(const std::function<bool()>& holds) { return QTest::qWaitFor(holds, kPatienceMs); }

v1::WatchEvent metric(int64_t sequence, const char* name, int64_t step, double value) {
  v1::WatchEvent event = lab::testing::Event(sequence);
  v1::MetricPoints& points = *event.mutable_metrics();
  points.add_metrics(name);
  points.add_metric(0);
  points.add_step(step);
  points.add_seconds(static_cast<double>(step));
  points.add_value(value);
  points.add_sequence(sequence);
  return event;
}

v1::WatchEvent sample(int64_t sequence, int64_t step, const char* text) {
  v1::WatchEvent event = lab::testing::Event(sequence);
  event.mutable_sample()->set_step(step);
  event.mutable_sample()->set_prompt("Once");
  event.mutable_sample()->set_text(text);
  event.mutable_sample()->set_temperature(0.8);
  return event;
}

class RunViewTest : public ::testing::Test {
 protected:
  RunViewTest() {
    fake_.catalog = formCatalog();
    fake_.AddJob(5, v1::Job::RUNNING).set_name("stories, <b>nano</b>");
    fake_.config.mutable_submitted()->set_text("type: pretrain\n");
    fake_.config.set_resolved("type: pretrain\noptim:\n  learning_rate: 0.001\n");
    fake_.check.mutable_forecast()->set_parameter_count(5853184);
    fake_.on_watch = [](grpc::ServerContext* context, const v1::WatchJobRequest& request,
                        grpc::ServerWriter<v1::WatchEvent>* writer) {
      const std::vector<v1::WatchEvent> events = {
          lab::testing::StateEvent(1, v1::Job::RUNNING),
          metric(2, "floor/loss", 0, 1.93),
          sample(3, 0, " vqe thTh"),
          metric(4, "train/loss", 1, 7.5),
          metric(5, "val/loss", 1, 7.4),
          metric(6, "train/loss", 2, 2.041),
          metric(7, "val/loss", 2, 7.6),
          sample(8, 2, " upon a time"),
      };
      for (const v1::WatchEvent& event : events) {
        if (event.sequence() > request.after_sequence()) writer->Write(event);
      }
      while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return grpc::Status::CANCELLED;
    };
    lab_.session.connectTo(q(fake_.address()));
  }

  // Visible buttons of the head, by their words.
  QStringList buttons(QWidget* actions) {
    QStringList words;
    for (const QPushButton* button : actions->findChildren<QPushButton*>()) {
      if (!button->isHidden()) words << button->text();
    }
    return words;
  }

  FakeLab fake_;
  Lab lab_;
};

TEST_F(RunViewTest, DrawsWhatTheRunLogsOfItsInside) {
  fake_.on_watch = [](grpc::ServerContext* context, const v1::WatchJobRequest&,
                      grpc::ServerWriter<v1::WatchEvent>* writer) {
    writer->Write(lab::testing::StateEvent(1, v1::Job::RUNNING));
    int64_t sequence = 2;
    writer->Write(metric(sequence++, "train/loss", 1, 7.5));
    for (int64_t step : {0, 10}) {
      writer->Write(metric(sequence++, "residual/mlp_norm/0", step, 3));
      for (int head = 0; head < 8; ++head) {
        const std::string name = "heads/induction/1." + std::to_string(head);
        writer->Write(metric(sequence++, name.c_str(), step, double(head * step)));
      }
    }
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return grpc::Status::CANCELLED;
  };
  RunView view(&lab_);
  view.resize(1100, 900);
  view.show();
  auto* observed = view.findChild<ObservedCharts*>();
  EXPECT_TRUE(observed->isHidden());
  view.setJob(5);
  ASSERT_TRUE(waitFor([&] { return observed->charts().size() == 2; }));
  EXPECT_TRUE(waitFor([&] { return observed->isVisible(); }));
  // The two heads that moved least are left out, and that is said.
  ASSERT_TRUE(
      waitFor([&] { return observed->charts()[0]->csv().find("head 1.7") != std::string::npos; }));
  EXPECT_EQ(observed->charts()[0]->csv().find("head 1.1"), std::string::npos);
  QStringList words;
  for (const QLabel* label : observed->findChildren<QLabel*>()) words << label->text();
  EXPECT_TRUE(words.contains(s("6 of 8: those that moved most")))
      << words.join(s("|")).toStdString();
}

TEST_F(RunViewTest, ARunThatEndedPromisesNoSample) {
  fake_.AddJob(6, v1::Job::SUCCEEDED);
  fake_.on_watch = [](grpc::ServerContext*, const v1::WatchJobRequest&,
                      grpc::ServerWriter<v1::WatchEvent>* writer) {
    writer->Write(lab::testing::StateEvent(1, v1::Job::SUCCEEDED));
    return grpc::Status::OK;
  };
  RunView view(&lab_);
  auto* samples = view.findChild<SamplesPanel*>();
  EXPECT_EQ(samples->shownText(), s("The first sample is yet to come."));
  view.setJob(6);
  EXPECT_TRUE(waitFor([&] { return samples->shownText() == s("This run wrote no sample."); }))
      << samples->shownText().toStdString();
}

TEST(ObservedChartsTest, KnowsWhichMetricsAreOneOfMany) {
  EXPECT_EQ(ObservedCharts::statisticOf("heads/induction/1.0"), "heads/induction");
  EXPECT_EQ(ObservedCharts::statisticOf("residual/norm/0.mid"), "residual/norm");
  EXPECT_EQ(ObservedCharts::statisticOf("train/loss"), "");
  EXPECT_EQ(ObservedCharts::statisticOf("loss"), "");
}

TEST_F(RunViewTest, TellsWhatTheNumbersMean) {
  lab::gui::Run run(&lab_.session, &lab_.jobs, 5);
  ASSERT_TRUE(waitFor([&] { return run.samples().size() == 2 && run.job().id() == 5; }));
  const std::vector<Figure> figures = figuresOf(run, nullptr);
  ASSERT_EQ(figures.size(), 6U);
  EXPECT_EQ(figures[0].name, s("train loss"));
  EXPECT_EQ(figures[0].value, number(2.041));
  EXPECT_EQ(figures[0].note, number(2.041 - 1.93) + s(" above the floor"));
  EXPECT_EQ(figures[0].tone, Tone::kGood);
  EXPECT_EQ(figures[1].note, s("best ") + number(7.4) + s(" at step 1"));
  EXPECT_EQ(figures[1].tone, Tone::kWarning);
  // What was never measured is not zero.
  EXPECT_EQ(figures[5].value, s("–"));
  EXPECT_EQ(figures[5].note, s("not measured yet"));
}

TEST_F(RunViewTest, ShowsTheRunningJobAndItsSamples) {
  PretrainPage page(&lab_);
  page.resize(1084, 800);
  page.show();
  page.visit({s("pretrain")});
  ASSERT_TRUE(waitFor([&] { return page.settled() && page.showsRun(); }));
  EXPECT_EQ(page.run_view()->job_id(), 5);
  auto* samples = page.findChild<SamplesPanel*>();
  ASSERT_TRUE(waitFor([&] { return samples->shownText().contains(s("Once upon a time")); }));
  EXPECT_LT(samples->shownText().indexOf(s("step 2")), samples->shownText().indexOf(s("step 0")));
  const QStringList verbs = buttons(page.run_view()->actions());
  EXPECT_TRUE(verbs.contains(s("Pause")));
  EXPECT_TRUE(verbs.contains(s("Stop")));
  EXPECT_FALSE(verbs.contains(s("Resume")));
  ASSERT_TRUE(waitFor(
      [&] { return page.run_view()->facts().contains(count(5853184) + s(" parameters")); }));
}

TEST_F(RunViewTest, ShowsTheFormWhereItIsAskedFor) {
  PretrainPage page(&lab_);
  page.show();
  page.visit({s("pretrain"), 0, s("new")});
  ASSERT_TRUE(waitFor([&] { return page.settled(); }));
  EXPECT_FALSE(page.showsRun());
  page.visit({s("pretrain"), 5});
  EXPECT_TRUE(page.showsRun());
}

TEST_F(RunViewTest, SaysThatAJobIsGone) {
  PretrainPage page(&lab_);
  page.show();
  page.visit({s("pretrain"), 77});
  ASSERT_TRUE(waitFor([&] { return page.settled(); }));
  EXPECT_TRUE(page.failed());
}

TEST_F(RunViewTest, ChangesALiveSettingAndShowsARefusal) {
  RunConfig config(&lab_.session, &lab_.actions, 5);
  ASSERT_TRUE(waitFor([&] { return !config.value(s("optim.learning_rate")).isEmpty(); }));
  const v1::JobType type = formCatalog().job_types(0);
  auto* dialog = new LiveSettings(&config, type);
  dialog->open();
  EXPECT_EQ(dialog->editor("model.layers"), nullptr);
  auto* edit = qobject_cast<QLineEdit*>(dialog->editor("optim.learning_rate")->control());
  EXPECT_EQ(edit->text(), s("0.001"));
  {
    std::lock_guard lock(fake_.mutex);
    fake_.on_verb = [](grpc::ServerContext* context, const std::string&, v1::Job&) {
      v1::CheckReport report;
      v1::FieldError* error = report.add_errors();
      error->set_field("optim.learning_rate");
      error->set_message("must be at least 0, is -1");
      context->AddTrailingMetadata("lab-errors-bin", report.SerializeAsString());
      return lab::testing::Refusal(context, grpc::StatusCode::INVALID_ARGUMENT, "CONFIG_INVALID",
                                   "must be at least 0, is -1");
    };
  }
  edit->selectAll();
  QTest::keyClicks(edit, s("-1"));
  QTest::keyClick(edit, Qt::Key_Return);
  ASSERT_TRUE(waitFor([&] {
    return dialog->editor("optim.learning_rate")->lineText() == s("must be at least 0, is -1");
  }));
  {
    std::lock_guard lock(fake_.mutex);
    fake_.on_verb = nullptr;
  }
  QSignalSpy accepted(dialog, &QDialog::accepted);
  edit->selectAll();
  QTest::keyClicks(edit, s("6e-4"));
  QTest::keyClick(edit, Qt::Key_Return);
  ASSERT_TRUE(waitFor([&] { return accepted.count() == 1; }));
  std::lock_guard lock(fake_.mutex);
  ASSERT_EQ(fake_.jobs[5].changes_size(), 1);
  EXPECT_EQ(fake_.jobs[5].changes(0).value(), "6e-4");
}

TEST_F(RunViewTest, GoesToTheSamplesOfAStep) {
  PretrainPage page(&lab_);
  page.resize(1084, 800);
  page.show();
  page.visit({s("pretrain"), 5, s("step:1")});
  auto* samples = page.findChild<SamplesPanel*>();
  ASSERT_TRUE(waitFor([&] { return samples->shownText() == s("Once vqe thTh"); }));
  EXPECT_TRUE(waitFor([&] { return page.run_view()->settled(); }));
  auto says = [samples](const char* words) {
    for (const QLabel* label : samples->findChildren<QLabel*>()) {
      if (label->isVisible() && label->text() == s(words)) return true;
    }
    return false;
  };
  EXPECT_TRUE(says("step 0, the last before 1"));
  page.visit({s("pretrain"), 5, s("step:2")});
  EXPECT_EQ(samples->shownText(), s("Once upon a time"));
  EXPECT_TRUE(says("step 2"));
  // Who moves on is no longer held there.
  samples->findChild<QSlider*>()->setValue(0);
  EXPECT_TRUE(says("step 0"));
}

TEST(SamplesPanel, ComparesASampleWithTheOneBefore) {
  SamplesPanel panel;
  std::vector<v1::Sample> samples(2);
  samples[0].set_step(1);
  samples[0].set_text("the bird sat");
  samples[1].set_step(2);
  samples[1].set_text("the red bird sat <b>bold</b>");
  panel.setSamples(samples);
  // Hostile text is shown, not obeyed.
  EXPECT_TRUE(panel.shownText().contains(s("<b>bold</b>")));
  for (QPushButton* button : panel.findChildren<QPushButton*>()) {
    if (button->text() == s("one")) button->click();
  }
  // The newest one first.
  EXPECT_EQ(panel.shownText(), s("the red bird sat <b>bold</b>"));
  auto* difference = panel.findChild<QCheckBox*>();
  difference->click();
  EXPECT_EQ(panel.shownText(), s("the red bird sat <b>bold</b>"));
  panel.findChild<QSlider*>()->setValue(0);
  EXPECT_EQ(panel.shownText(), s("the bird sat"));
}

}  // namespace
}  // namespace lab::gui
