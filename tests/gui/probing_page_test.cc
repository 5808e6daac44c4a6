#include "gui/pages/probing_page.h"

#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QSlider>
#include <QTableView>

#include "gui/charts/heatmap.h"
#include "gui/models/training_looks.h"
#include "gui/widgets/attribution_view.h"
#include "gui/widgets/lens_view.h"
#include "gui/widgets/reference_box.h"
#include "gui/widgets/residual_view.h"
#include "gui/widgets/step_bar.h"
#include "gui/widgets/training_view.h"
#include "tests/client/fake_inspect.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ProbingPageTest : public LabFixture {
 protected:
  ProbingPageTest() {
    v1::Job& job = fake_.AddJob(12, v1::Job::SUCCEEDED);
    for (int64_t step : {0, 100, 200, 400, 800, 1600}) job.add_checkpoints()->set_step(step);
  }

  void open(ProbingPage* page, const QString& view = QStringLiteral("residual")) {
    connectLab();
    page->showView(view);
    page->resize(1000, 760);
    page->show();
    page->visit({QStringLiteral("probing"), 0, QStringLiteral("12@800")});
    ASSERT_TRUE(settles(*page));
  }

  bool settles(const ProbingPage& page) {
    return until([&] { return page.settled(); });
  }

  // The quantities of the questions so far.
  std::vector<std::string> asked() {
    std::lock_guard lock(fake_.mutex);
    std::vector<std::string> quantities;
    for (const v1::InspectRequest& request : fake_.inspections) {
      quantities.push_back(request.quantities(0));
    }
    return quantities;
  }

  void refuse(const std::string& message) {
    std::lock_guard lock(fake_.mutex);
    fake_.on_inspect = [message](grpc::ServerContext* context, const v1::InspectRequest&,
                                 grpc::ServerWriter<v1::InspectEvent>*) {
      return testing::Refusal(context, grpc::StatusCode::RESOURCE_EXHAUSTED, "INSPECT_BUDGET",
                              message);
    };
  }

  // With the step before (1) or another model (2).
  static void compare(ProbingPage* page, int with) {
    for (QComboBox* one : page->findChildren<QComboBox*>()) {
      if (one->accessibleName() != QStringLiteral("compared with")) continue;
      one->setCurrentIndex(with);
      Q_EMIT one->activated(with);
    }
  }

  static QPushButton* visibleButton(const QWidget& page, const char* text) {
    for (QPushButton* one : page.findChildren<QPushButton*>()) {
      if (one->isVisible() && one->text() == QLatin1String(text)) return one;
    }
    return nullptr;
  }

  static bool says(const QWidget& page, const char* words) {
    for (const QLabel* label : page.findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains(QString::fromUtf8(words))) return true;
    }
    return false;
  }
};

TEST_F(ProbingPageTest, AsksOnlyWhatTheShownViewNeeds) {
  ProbingPage page(&lab_);
  open(&page);
  EXPECT_FALSE(page.failed());
  EXPECT_THAT(asked(), ElementsAre("residual"));
  EXPECT_TRUE(page.findChild<ResidualView*>()->isVisible());
  page.showView(QStringLiteral("lens"));
  ASSERT_TRUE(settles(page));
  EXPECT_THAT(asked(), ElementsAre("residual", "lens"));
  // What is known is not asked again.
  page.showView(QStringLiteral("residual"));
  ASSERT_TRUE(settles(page));
  EXPECT_THAT(asked(), ElementsAre("residual", "lens"));
  page.showView(QStringLiteral("attribution"));
  ASSERT_TRUE(until([&] { return asked().size() == 5 && page.settled(); }));
  EXPECT_THAT(asked(), ElementsAre("residual", "lens", "loss", "attribution", "lens"));
  {
    std::lock_guard lock(fake_.mutex);
    const int last = static_cast<int>(fake_.inspections[0].text().size()) - 1;
    EXPECT_THAT(fake_.inspections[3].positions(), ElementsAre(last));
    EXPECT_THAT(fake_.inspections[4].layers(), ElementsAre(testing::kFakeLayers - 1));
    EXPECT_THAT(fake_.opened, ElementsAre("12@800"));
  }
  EXPECT_TRUE(says(page, "the parts sum to 15, the logit of “e” is 15"));
}

TEST_F(ProbingPageTest, TakesAnotherTokensLogitApart) {
  ProbingPage page(&lab_);
  open(&page, QStringLiteral("attribution"));
  ASSERT_TRUE(until([&] { return asked().size() == 3 && page.settled(); }));
  QComboBox* target = nullptr;
  for (QComboBox* one : page.findChildren<QComboBox*>()) {
    if (one->accessibleName() == QStringLiteral("target")) target = one;
  }
  ASSERT_NE(target, nullptr);
  ASSERT_GT(target->count(), 2);
  target->setFocus();
  target->setCurrentIndex(1);
  const int64_t id = target->itemData(2).toLongLong();
  QTest::keyClick(target, Qt::Key_Down);
  ASSERT_TRUE(until([&] { return asked().size() == 4 && page.settled(); }));
  std::lock_guard lock(fake_.mutex);
  EXPECT_EQ(fake_.inspections[3].target(), id);
}

TEST_F(ProbingPageTest, LensIsGoneThroughByKey) {
  ProbingPage page(&lab_);
  open(&page, QStringLiteral("lens"));
  auto* view = page.findChild<LensView*>();
  EXPECT_EQ(view->grid().rowCount(), 5);
  EXPECT_TRUE(says(page, "from point 4 of 4"));
  auto* table = view->findChild<QTableView*>();
  table->setFocus();
  table->setCurrentIndex(view->grid().index(0, 0));
  QTest::keyClick(table, Qt::Key_Right);
  QTest::keyClick(table, Qt::Key_Down);
  EXPECT_EQ(table->currentIndex(), view->grid().index(1, 1));
  EXPECT_TRUE(says(page, "layer 0, after attention, after token 1"));
  // Return takes that place's logit apart.
  QTest::keyClick(table, Qt::Key_Return);
  ASSERT_TRUE(until([&] { return asked().size() == 4 && page.settled(); }));
  EXPECT_TRUE(page.findChild<AttributionView*>()->isVisible());
  std::lock_guard lock(fake_.mutex);
  EXPECT_THAT(fake_.inspections[2].positions(), ElementsAre(1));
}

TEST_F(ProbingPageTest, LooksAtANewTextByKey) {
  ProbingPage page(&lab_);
  open(&page);
  auto* text = page.findChild<QPlainTextEdit*>();
  text->setPlainText(QStringLiteral("abc"));
  QTest::keyClick(text, Qt::Key_Return, Qt::ControlModifier);
  ASSERT_TRUE(until([&] { return asked().size() == 2 && page.settled(); }));
  EXPECT_EQ(text->toPlainText(), QStringLiteral("abc"));  // the key typed nothing
  std::lock_guard lock(fake_.mutex);
  EXPECT_EQ(fake_.inspections[1].text(), "abc");
}

TEST_F(ProbingPageTest, SaysWhatLabdRefusesAndTriesAgain) {
  refuse("this look takes 8 bytes, but at most 4 are allowed");
  ProbingPage page(&lab_);
  open(&page);
  EXPECT_TRUE(page.failed());
  EXPECT_TRUE(says(page, "at most 4 are allowed"));
  const size_t before = asked().size();
  page.visit({QStringLiteral("probing")});
  EXPECT_EQ(asked().size(), before);  // not by itself
  {
    std::lock_guard lock(fake_.mutex);
    fake_.on_inspect = nullptr;
  }
  visibleButton(page, "Try again")->click();
  ASSERT_TRUE(until([&] { return page.settled() && !page.failed(); }));
  EXPECT_TRUE(page.findChild<ResidualView*>()->isVisible());
}

TEST_F(ProbingPageTest, MovesThroughTheCheckpoints) {
  ProbingPage page(&lab_);
  open(&page);
  auto* bar = page.findChild<StepBar*>();
  EXPECT_THAT(bar->steps(), ElementsAre(0, 100, 200, 400, 800, 1600));
  EXPECT_TRUE(bar->isVisible());
  auto* slider = bar->findChild<QSlider*>();
  EXPECT_EQ(slider->value(), 4);
  slider->setFocus();
  QTest::keyClick(slider, Qt::Key_Left);
  ASSERT_TRUE(until([&] { return asked().size() == 2 && page.settled(); }));
  EXPECT_EQ(page.findChild<ReferenceBox*>()->reference(), QStringLiteral("12@400"));
  EXPECT_EQ(slider->value(), 3);
  // Played, it goes on to the last one by itself, and ends.
  bar->setPlaying(true);
  ASSERT_TRUE(until([&] { return !bar->playing() && page.settled(); }));
  EXPECT_EQ(slider->value(), 5);
  std::lock_guard lock(fake_.mutex);
  // Step 800 was known.
  EXPECT_THAT(fake_.opened, ElementsAre("12@800", "12@400", "12@1600"));
}

TEST_F(ProbingPageTest, ShowsTheDifferenceToTheStepBefore) {
  ProbingPage page(&lab_);
  open(&page);
  compare(&page, 1);
  ASSERT_TRUE(settles(page));
  EXPECT_THAT(now(&testing::FakeLab::opened), ::testing::Contains("12@400"));
  const auto* map = page.findChild<ResidualView*>()->findChild<Heatmap*>();
  EXPECT_NEAR(map->values().low(), 0.4, 1e-5);
  EXPECT_NEAR(map->values().high(), 0.4, 1e-5);
  EXPECT_TRUE(says(page, "12@800 and 12@400 are 0.4"));
  EXPECT_TRUE(says(page, "beside 12@400"));
  // It goes along with the slider.
  Q_EMIT page.findChild<StepBar*>()->stepChosen(100);
  ASSERT_TRUE(settles(page));
  EXPECT_THAT(now(&testing::FakeLab::opened), ::testing::Contains("12@0"));
  EXPECT_NEAR(map->values().high(), 0.1, 1e-5);
  Q_EMIT page.findChild<StepBar*>()->stepChosen(0);
  ASSERT_TRUE(settles(page));
  EXPECT_TRUE(says(page, "nothing is before the first checkpoint"));
}

TEST_F(ProbingPageTest, ComparesTwoModelsInEveryView) {
  fake_.AddJob(13, v1::Job::SUCCEEDED).add_checkpoints()->set_step(100);
  ProbingPage page(&lab_);
  open(&page);
  compare(&page, 2);
  ASSERT_TRUE(settles(page));
  EXPECT_EQ(now(&testing::FakeLab::opened).back(), "13");
  const auto maps = page.findChild<ResidualView*>()->findChildren<Heatmap*>();
  ASSERT_EQ(maps.size(), 2);
  EXPECT_NEAR(maps[0]->values().high(), 0.8, 1e-5);
  EXPECT_FALSE(maps[1]->isVisible());
  button(page, "Side by side")->setChecked(true);
  EXPECT_TRUE(maps[1]->isVisible());
  EXPECT_NEAR(maps[0]->values().high() - maps[1]->values().high(), 0.8, 1e-4);
  page.showView(QStringLiteral("lens"));
  ASSERT_TRUE(settles(page));
  const auto tables = page.findChild<LensView*>()->findChildren<QTableView*>();
  ASSERT_EQ(tables.size(), 2);
  EXPECT_TRUE(tables[1]->isVisible());
  button(page, "Side by side")->setChecked(false);
  EXPECT_FALSE(tables[1]->isVisible());
  EXPECT_NE(page.findChild<LensView*>()->grid().other(), nullptr);
  EXPECT_TRUE(says(page, "underlined: the other says another token"));
  page.showView(QStringLiteral("attribution"));
  ASSERT_TRUE(until([&] { return says(page, "15 in 13: 0 apart") && page.settled(); }));
  {
    // The other is asked for the same token's logit, by name.
    std::lock_guard lock(fake_.mutex);
    int named = 0;
    for (const v1::InspectRequest& one : fake_.inspections) {
      if (one.quantities(0) != "attribution" || !one.has_target()) continue;
      EXPECT_EQ(one.target(), 'e');
      ++named;
    }
    EXPECT_EQ(named, 1);
  }
  page.showView(QStringLiteral("cosines"));
  ASSERT_TRUE(until([&] { return says(page, "12@800 and 13 are 0 apart") && page.settled(); }));
  page.showView(QStringLiteral("pca"));
  ASSERT_TRUE(settles(page));
  EXPECT_TRUE(says(page, "nothing is subtracted"));
}

TEST_F(ProbingPageTest, NamesBothShapesWhereTheyDiffer) {
  fake_.AddJob(testing::kFakeWideJob, v1::Job::SUCCEEDED).add_checkpoints()->set_step(100);
  ProbingPage page(&lab_);
  open(&page);
  compare(&page, 2);
  ASSERT_TRUE(settles(page));
  EXPECT_TRUE(says(page,
                   "no difference: 12@800 has 2 layers × 4 heads, 8 wide, 77 has 2 layers × 4 "
                   "heads, 16 wide"));
  EXPECT_FALSE(page.failed());
}

TEST_F(ProbingPageTest, GoesToTheSamplesOfTheStep) {
  ProbingPage page(&lab_);
  open(&page);
  QSignalSpy gone(&page, &Page::go);
  button(page, "Samples of this step")->click();
  ASSERT_EQ(gone.size(), 1);
  EXPECT_EQ(gone[0][0].value<Route>().job, 12);
  EXPECT_EQ(gone[0][0].value<Route>().argument, QStringLiteral("step:800"));
}

TEST_F(ProbingPageTest, FollowsARunThroughItsTraining) {
  ProbingPage page(&lab_);
  open(&page, QStringLiteral("training"));
  EXPECT_THAT(asked(), ElementsAre());  // nothing before it is wanted
  auto* view = page.findChild<TrainingView*>();
  visibleButton(page, "Follow through training")->click();
  ASSERT_TRUE(until([&] { return !view->busy(); }));
  EXPECT_EQ(asked().size(), 6u);
  EXPECT_TRUE(says(page, "6 checkpoints looked at"));
  EXPECT_EQ(view->changes().rowCount(), 7);  // six heads and the text's loss
  EXPECT_NE(view->changes().change(0), nullptr);
}

TEST_F(ProbingPageTest, ReleasesItsModelWhenItIsLeft) {
  ProbingPage page(&lab_);
  open(&page);
  page.hide();
  EXPECT_TRUE(until([this] {
    std::lock_guard lock(fake_.mutex);
    return fake_.closed.size() == 1;
  }));
  // What was found out is still known.
  page.show();
  ASSERT_TRUE(settles(page));
  EXPECT_THAT(asked(), ElementsAre("residual"));
}

using TrainingLooksTest = ProbingPageTest;

TEST_F(TrainingLooksTest, MeasureEachCheckpointOnce) {
  connectLab();
  TrainingLooks looks(&lab_.session);
  looks.start(12, {0, 100, 200, 400, 800, 1600}, "abab");
  EXPECT_TRUE(looks.busy());
  ASSERT_TRUE(until([&] { return !looks.busy(); }));
  EXPECT_EQ(looks.done(), 6);
  EXPECT_EQ(looks.failed_count(), 0);
  const auto curves = looks.headCurves("heads/previous_token", 3);
  ASSERT_EQ(curves.size(), 3u);
  // Head 0 of the last layer is the one that comes to look at the token before.
  EXPECT_EQ(curves[0].name, QStringLiteral("head 1.0"));
  EXPECT_EQ(curves[0].steps.size(), 6u);
  EXPECT_GT(curves[0].values.back(), curves[0].values.front());
  EXPECT_DOUBLE_EQ(looks.depthCurve().values[2], 4);
  EXPECT_FALSE(looks.depthCurve().change.ok());  // it is the same everywhere
  // One more checkpoint is one more question.
  looks.start(12, {0, 100, 200, 400, 800, 1600, 3200}, "abab");
  ASSERT_TRUE(until([&] { return !looks.busy(); }));
  EXPECT_EQ(asked().size(), 7u);
  looks.setSubject(12, "other");
  EXPECT_TRUE(looks.points().empty());
}

TEST_F(TrainingLooksTest, SayWhyCheckpointsCouldNotBeLookedAt) {
  refuse("too large");
  connectLab();
  TrainingLooks looks(&lab_.session);
  looks.start(12, {0, 100}, "abab");
  ASSERT_TRUE(until([&] { return !looks.busy(); }));
  EXPECT_EQ(looks.failed_count(), 2);
  EXPECT_THAT(std::string(looks.status().message()), HasSubstr("too large"));
  EXPECT_TRUE(looks.points().empty());
}

TEST_F(TrainingLooksTest, StopWhenTheyAreTold) {
  connectLab();
  TrainingLooks looks(&lab_.session);
  looks.start(12, {0, 100, 200, 400}, "abab");
  ASSERT_TRUE(until([&] { return !looks.points().empty(); }));
  looks.stop();
  EXPECT_FALSE(looks.busy());
  EXPECT_LT(looks.points().size(), 4u);
}

}  // namespace
}  // namespace lab::gui
