#include "gui/pages/attention_page.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSignalSpy>

#include "gui/charts/heatmap.h"
#include "gui/models/attention_words.h"
#include "gui/widgets/attention_lines.h"
#include "gui/widgets/head_grid.h"
#include "gui/widgets/head_view.h"
#include "gui/widgets/heads_card.h"
#include "gui/widgets/reference_box.h"
#include "gui/widgets/step_bar.h"
#include "tests/client/fake_inspect.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using Cell = Heatmap::Cell;

class AttentionPageTest : public LabFixture {
 protected:
  AttentionPageTest() {
    v1::Job& job = fake_.AddJob(12, v1::Job::SUCCEEDED);
    job.set_name("a run");
    for (int64_t step : {100, 300, 600}) job.add_checkpoints()->set_step(step);
  }

  void open(AttentionPage* page, const char* reference = "12@600") {
    connectLab();
    page->resize(1084, 780);
    page->show();
    page->visit({QStringLiteral("attention"), 0, QString::fromLatin1(reference)});
    ASSERT_TRUE(until([page] { return page->settled(); }));
  }

  static bool settle(AttentionPage* page) {
    return until([page] { return page->settled(); });
  }

  static QComboBox* choice(const QWidget& page, const char* name) {
    for (QComboBox* box : page.findChildren<QComboBox*>()) {
      if (box->accessibleName() == QLatin1String(name)) return box;
    }
    return nullptr;
  }

  static void choose(QComboBox* box, const QString& text) {
    box->setCurrentText(text);
    Q_EMIT box->activated(box->currentIndex());
  }

  std::vector<int64_t> tokens() {
    const std::string text = kDefaultText;
    return {text.begin(), text.end()};
  }
};

TEST_F(AttentionPageTest, LooksByItselfAndShowsAllHeads) {
  AttentionPage page(&lab_);
  open(&page);
  EXPECT_FALSE(page.failed());
  auto* grid = page.findChild<HeadGrid*>();
  EXPECT_EQ(grid->heads().size(), 8u);
  const auto asked = now(&testing::FakeLab::inspections);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].text(), kDefaultText);
  const auto* map = page.findChild<Heatmap*>();
  EXPECT_EQ(map->values().level(0).values, testing::FakePattern(tokens(), 0, 0, 600));
}

TEST_F(AttentionPageTest, LooksByKeyAndChoosesAHeadByKeys) {
  AttentionPage page(&lab_);
  open(&page);
  auto* text = page.findChild<QPlainTextEdit*>();
  text->setPlainText(QStringLiteral("abcabc"));
  QTest::keyClick(text, Qt::Key_Return, Qt::ControlModifier);
  ASSERT_TRUE(settle(&page));
  EXPECT_EQ(text->toPlainText(), QStringLiteral("abcabc"));
  EXPECT_EQ(now(&testing::FakeLab::inspections).back().text(), "abcabc");
  auto* grid = page.findChild<HeadGrid*>();
  QTest::keyClick(grid, Qt::Key_Down);
  QTest::keyClick(grid, Qt::Key_Right);
  EXPECT_EQ(grid->current(), (HeadId{1, 1}));
  auto* map = page.findChild<Heatmap*>();
  const std::vector<int64_t> ids = {'a', 'b', 'c', 'a', 'b', 'c'};
  EXPECT_EQ(map->values().level(0).values, testing::FakePattern(ids, 1, 1, 600));
  // A query that is selected in one view is selected in all.
  map->select(Cell{4, 2});
  auto* view = page.findChild<HeadView*>();
  EXPECT_EQ(view->query(), 4);
  EXPECT_EQ(page.findChild<AttentionLines*>()->selected(), 4);
  EXPECT_THAT(view->csv(), ::testing::HasSubstr("\n4,b,1,b,"));
  // It stays when another head is looked at.
  QTest::keyClick(grid, Qt::Key_Left);
  EXPECT_EQ(view->query(), 4);
}

TEST_F(AttentionPageTest, SortsAndFindsHeads) {
  AttentionPage page(&lab_);
  open(&page);
  auto* grid = page.findChild<HeadGrid*>();
  choose(choice(page, "sorted by"), QStringLiteral("induction"));
  EXPECT_EQ(grid->heads().front().id, (HeadId{1, 3}));
  EXPECT_THAT(utf8(grid->heads().front().caption), ::testing::StartsWith("1.3  0."));
  for (QLineEdit* line : page.findChildren<QLineEdit*>()) {
    if (line->accessibleName() != QStringLiteral("find heads")) continue;
    line->setText(QStringLiteral("previous > 0.3, layer 0"));
    ASSERT_EQ(grid->heads().size(), 1u);
    EXPECT_EQ(grid->heads()[0].id, (HeadId{0, 0}));
    line->setText(QStringLiteral("nonsense > 1"));
    EXPECT_EQ(grid->heads().size(), 8u);
    line->clear();
  }
  choose(choice(page, "which heads"), QStringLiteral("heads of this layer"));
  EXPECT_EQ(grid->heads().size(), 4u);
}

TEST_F(AttentionPageTest, HidesTheFirstToken) {
  AttentionPage page(&lab_);
  open(&page);
  auto* map = page.findChild<Heatmap*>();
  choose(choice(page, "first token"), QStringLiteral("first token renormalised"));
  const auto& level = map->values().level(0);
  EXPECT_TRUE(std::isnan(level.at(5, 0)));
  double sum = 0;
  for (int key = 1; key < level.columns; ++key) sum += level.at(5, key);
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST_F(AttentionPageTest, ShowsTheDifferenceToTheStepBefore) {
  AttentionPage page(&lab_);
  open(&page);
  choose(choice(page, "compared with"), QStringLiteral("difference to the step before"));
  ASSERT_TRUE(settle(&page));
  EXPECT_EQ(now(&testing::FakeLab::opened).back(), "12@300");
  auto* map = page.findChild<Heatmap*>();
  const auto later = testing::FakePattern(tokens(), 0, 0, 600);
  const auto before = testing::FakePattern(tokens(), 0, 0, 300);
  const auto shown = map->values().level(0).values;
  for (size_t i = 0; i < shown.size(); ++i) EXPECT_NEAR(shown[i], later[i] - before[i], 1e-6);
  EXPECT_GE(choice(page, "sorted by")->findText(QStringLiteral("most difference")), 0);
  // Another step on the slider: what was before it is read, too.
  Q_EMIT page.findChild<StepBar*>()->stepChosen(300);
  ASSERT_TRUE(settle(&page));
  EXPECT_EQ(page.findChild<ReferenceBox*>()->reference(), QStringLiteral("12@300"));
  EXPECT_EQ(now(&testing::FakeLab::opened).back(), "12@100");
  button(page, "Side by side")->setChecked(true);
  EXPECT_EQ(page.findChild<Heatmap*>()->values().level(0).values, before);
}

TEST_F(AttentionPageTest, ComparesTwoModels) {
  fake_.AddJob(13, v1::Job::SUCCEEDED).add_checkpoints()->set_step(100);
  AttentionPage page(&lab_);
  open(&page);
  choose(choice(page, "compared with"), QStringLiteral("difference to another model"));
  ASSERT_TRUE(settle(&page));
  auto* other = static_cast<ReferenceBox*>(choice(page, "other model"));
  ASSERT_NE(other, nullptr);
  EXPECT_TRUE(other->isVisible());
  // Another run's, by itself.
  EXPECT_EQ(other->reference(), QStringLiteral("13"));
  other->setReference(QStringLiteral("13@100"));
  QTest::keyClick(other, Qt::Key_Return);
  ASSERT_TRUE(settle(&page));
  EXPECT_EQ(now(&testing::FakeLab::opened).back(), "13@100");
  const auto here = testing::FakePattern(tokens(), 0, 0, 600);
  const auto there = testing::FakePattern(tokens(), 0, 0, 100);
  const auto maps = page.findChildren<Heatmap*>();
  ASSERT_EQ(maps.size(), 2);
  const auto shown = maps[0]->values().level(0).values;
  for (size_t i = 0; i < shown.size(); ++i) EXPECT_NEAR(shown[i], here[i] - there[i], 1e-6);
  // Both, in one scale, move together.
  button(page, "Side by side")->setChecked(true);
  EXPECT_EQ(maps[0]->values().level(0).values, here);
  EXPECT_EQ(maps[1]->values().level(0).values, there);
  EXPECT_TRUE(maps[1]->isVisible());
  maps[0]->setFocus();
  // The maps may still be finding their places.
  EXPECT_TRUE(QTest::qWaitFor([&] {
    QTest::keyClick(maps[0], Qt::Key_Plus);
    return maps[0]->cells().width() < 40;
  }));
  EXPECT_NEAR(maps[1]->cells().width(), maps[0]->cells().width(), 1e-9);
}

TEST_F(AttentionPageTest, NamesBothShapesWhereTheyDiffer) {
  fake_.AddJob(testing::kFakeWideJob, v1::Job::SUCCEEDED).add_checkpoints()->set_step(100);
  AttentionPage page(&lab_);
  open(&page);
  choose(choice(page, "compared with"), QStringLiteral("difference to another model"));
  ASSERT_TRUE(settle(&page));
  bool said = false;
  for (const QLabel* label : page.findChildren<QLabel*>()) {
    said |= label->text().contains(
        QString::fromUtf8("no difference: 12@600 has 2 layers × 4 heads, 8 wide, 77 has 2 layers "
                          "× 4 heads, 16 wide"));
  }
  EXPECT_TRUE(said);
  EXPECT_EQ(page.findChild<Heatmap*>()->values().level(0).values,
            testing::FakePattern(tokens(), 0, 0, 600));
}

// Its numbers are made ready beside the window.
TEST(HeadView, ShowsALargePatternWhenItIsReady) {
  constexpr int kLength = 1024;
  auto map = std::make_shared<AttentionMap>(AttentionMap{kLength, kLength, {}});
  map->values.assign(kLength * kLength, 0.0F);
  map->row(700)[30] = 0.75F;
  map->row(700)[0] = 0.25F;
  HeadView view;
  HeadPicture picture;
  picture.map = map;
  for (int i = 0; i < kLength; ++i) picture.labels << QStringLiteral("t");
  view.show(picture);
  EXPECT_TRUE(view.busy());
  // What is asked last counts: without the first token.
  picture.sink = Sink::kRenormalise;
  view.show(picture);
  ASSERT_TRUE(until([&] { return !view.busy(); }));
  const auto* heat = view.findChild<Heatmap*>();
  EXPECT_EQ(heat->values().level(0).at(700, 30), 1.0F);
  EXPECT_TRUE(std::isnan(heat->values().level(0).at(700, 0)));
  view.selectQuery(700);
  EXPECT_EQ(view.query(), 700);
  // The same again needs no work.
  picture.log = true;
  view.show(picture);
  EXPECT_FALSE(view.busy());
}

TEST_F(AttentionPageTest, SaysWhatLabdSays) {
  AttentionPage page(&lab_);
  open(&page, "9");
  EXPECT_TRUE(page.failed());
  // And recovers.
  page.findChild<ReferenceBox*>()->setReference(QStringLiteral("12@300"));
  button(page, "Look")->click();
  ASSERT_TRUE(settle(&page));
  EXPECT_FALSE(page.failed());
}

TEST_F(AttentionPageTest, FreesTheModelWhenItIsLeft) {
  AttentionPage page(&lab_);
  open(&page);
  page.hide();
  EXPECT_TRUE(until([this] { return now(&testing::FakeLab::closed).size() == 1; }));
}

TEST_F(AttentionPageTest, BeginsAnewWhenItWasLeftTooEarly) {
  AttentionPage page(&lab_);
  connectLab();
  fake_.SetTrouble(testing::FakeLab::Trouble::kStall);
  page.show();
  page.visit({QStringLiteral("attention"), 0, QStringLiteral("12@600")});
  page.hide();
  fake_.SetTrouble(testing::FakeLab::Trouble::kNone);
  page.show();
  ASSERT_TRUE(settle(&page));
  EXPECT_EQ(page.findChild<HeadGrid*>()->heads().size(), 8u);
}

TEST_F(AttentionPageTest, GoesToTheSamplesOfTheStep) {
  AttentionPage page(&lab_);
  open(&page, "12@300");
  QSignalSpy gone(&page, &Page::go);
  button(page, "Samples of this step")->click();
  ASSERT_EQ(gone.size(), 1);
  const auto route = gone[0][0].value<Route>();
  EXPECT_EQ(route.page, QStringLiteral("pretrain"));
  EXPECT_EQ(route.job, 12);
  EXPECT_EQ(route.argument, QStringLiteral("step:300"));
}

}  // namespace
}  // namespace lab::gui
