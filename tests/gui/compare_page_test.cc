// Compare, on a fake labd: curves and table, a setting against the result, what is typed in place.

#include "gui/pages/compare_page.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTableView>

#include "gui/charts/scatter_chart.h"
#include "gui/models/comparison_reader.h"
#include "gui/models/comparison_table.h"
#include "gui/models/sweep_table.h"
#include "gui/widgets/compared_chart.h"
#include "gui/widgets/run_chooser.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

class ComparePageTest : public LabFixture {
 protected:
  ComparePageTest() {
    for (int64_t id : {1, 2, 3}) {
      v1::Job& job = fake_.AddJob(id, v1::Job::SUCCEEDED);
      job.set_type("pretrain");
      job.mutable_start_time()->set_seconds(id);
      v1::MetricSummary& loss = *job.add_summary();
      loss.set_metric("train/loss");
      loss.set_unit("nats");
      loss.set_goal("min");
      loss.set_last(3.0 - 0.1 * static_cast<double>(id));
      loss.set_best(2.5 - 0.1 * static_cast<double>(id));
      loss.set_step(20);
    }
    v1::SeriesPart part;
    part.set_name("train/loss");
    for (int64_t step = 1; step <= 20; ++step) {
      part.add_step(step);
      part.add_seconds(static_cast<double>(step));
      part.add_value(4.0 / static_cast<double>(step));
    }
    fake_.series = {part};
    v1::SettingRow& row = *fake_.compared.add_rows();
    row.set_field("optim.learning_rate");
    for (const char* value : {"1e-4", "1e-3", "1e-1"}) {
      v1::Setting& setting = *row.add_settings();
      setting.set_present(true);
      setting.set_value(value);
    }
  }

  // The page with all three, shown.
  std::unique_ptr<ComparePage> open() {
    auto page = std::make_unique<ComparePage>(&lab_);
    page->resize(1000, 700);
    page->show();
    page->visit({QStringLiteral("compare"), 0, QStringLiteral("1,2,3")});
    EXPECT_TRUE(until([&] { return table(*page)->rowCount() > 0; }));
    return page;
  }
  static QAbstractItemModel* table(const ComparePage& page) {
    return page.findChild<ComparisonTable*>();
  }
};

TEST_F(ComparePageTest, AsksForFinerPointsOfWhatIsInSight) {
  connectLab();
  auto page = open();
  auto* chart = page->findChild<ComparedChart*>();
  ASSERT_NE(chart, nullptr);
  {
    std::lock_guard lock(fake_.mutex);
    fake_.read_metrics.clear();
    v1::SeriesPart fine;
    fine.set_name("train/loss");
    for (int64_t step = 5; step <= 8; ++step) {
      fine.add_step(step);
      fine.add_seconds(static_cast<double>(step));
      fine.add_value(100);
    }
    fake_.series = {fine};
  }
  Q_EMIT chart->xRangeChosen(std::make_pair(5.2, 7.9));
  ASSERT_TRUE(until([&] { return chart->csv().find("8,100") != std::string::npos; }));
  {
    std::lock_guard lock(fake_.mutex);
    ASSERT_EQ(fake_.read_metrics.size(), 3U);
    EXPECT_EQ(fake_.read_metrics[0].from_step(), 5);
    EXPECT_EQ(fake_.read_metrics[0].to_step(), 8);
    EXPECT_EQ(fake_.read_metrics[0].max_points(), Preferences::kComparedPoints);
  }
  // Around it the coarse points stay; of the whole they are back.
  EXPECT_NE(chart->csv().find("1 pretrain,9,0.44"), std::string::npos) << chart->csv();
  Q_EMIT chart->xRangeChosen(std::nullopt);
  EXPECT_EQ(chart->csv().find("8,100"), std::string::npos);
}

TEST_F(ComparePageTest, SetsALearningRateAgainstTheLoss) {
  connectLab();
  auto page = open();
  button(*page, "Sweep")->click();
  auto* chart = page->findChild<ScatterChart*>();
  ASSERT_NE(chart, nullptr);
  EXPECT_EQ(chart->shown(), 3U);
  EXPECT_TRUE(button(*page, "log x")->isChecked()) << "three decades";
  QTableView* runs = nullptr;
  for (QTableView* view : page->findChildren<QTableView*>()) {
    if (view->accessibleName() == QStringLiteral("runs of the sweep")) runs = view;
  }
  ASSERT_NE(runs, nullptr);
  EXPECT_EQ(runs->model()->rowCount(), 3);
  EXPECT_EQ(runs->model()->index(0, SweepTable::kSetting).data().toString(),
            QStringLiteral("1e-4"));
  Q_EMIT chart->clicked(2);
  EXPECT_EQ(runs->currentIndex().row(), 2) << "a dot finds its row";
  QSignalSpy went(page.get(), &Page::go);
  Q_EMIT runs->activated(runs->currentIndex());
  ASSERT_EQ(went.count(), 1);
  EXPECT_EQ(went[0][0].value<Route>().job, 3);
  EXPECT_TRUE(QSettings().value(QStringLiteral("compare/sweep")).toBool());
  button(*page, "Curves")->click();
}

TEST_F(ComparePageTest, WaitsForRunsThatAreChosenAfterNoneWereThere) {
  for (int64_t id : {1, 2, 3}) fake_.jobs[id].clear_start_time();
  connectLab();
  ComparePage page(&lab_);
  page.show();
  page.visit({});
  ASSERT_TRUE(page.settled()) << "nothing has begun: it says so";
  page.visit({QStringLiteral("compare"), 0, QStringLiteral("1,2")});
  EXPECT_FALSE(page.settled()) << "the runs have not come yet";
  ASSERT_TRUE(until([&] { return page.settled(); }));
  EXPECT_EQ(table(page)->columnCount(), 2);
}

TEST_F(ComparePageTest, SaysThatEqualSettingsAreNoSweep) {
  fake_.compared.clear_rows();
  connectLab();
  auto page = open();
  button(*page, "Sweep")->click();
  auto* sweep = page->findChild<ScatterChart*>();
  ASSERT_NE(sweep, nullptr);
  bool said = false;
  for (QLabel* label : page->findChildren<QLabel*>()) {
    said = said || (label->isVisible() && label->text().contains(QStringLiteral("same settings")));
  }
  EXPECT_TRUE(said);
  button(*page, "Curves")->click();
}

TEST_F(ComparePageTest, TakesANoteAndTagsTypedInTheTable) {
  fake_.jobs[2].add_tags("old");
  connectLab();
  auto page = open();
  auto* model = page->findChild<ComparisonTable*>();
  QAbstractItemModelTester tester(model, QAbstractItemModelTester::FailureReportingMode::Fatal);
  const int note = model->rowCount() - 1, tags = note - 1;
  ASSERT_EQ(model->headerData(note, Qt::Vertical, Qt::DisplayRole).toString(),
            QStringLiteral("note"));
  EXPECT_FALSE(model->index(0, 1).flags().testFlag(Qt::ItemIsEditable)) << "a result is not typed";

  // As a person does it: F2, words, Return.
  QTableView* view = nullptr;
  for (QTableView* each : page->findChildren<QTableView*>()) {
    if (each->model() == model) view = each;
  }
  ASSERT_NE(view, nullptr);
  view->setCurrentIndex(model->index(note, 1));
  QTest::keyClick(view, Qt::Key_F2);
  auto* editor = view->viewport()->findChild<QLineEdit*>();
  ASSERT_NE(editor, nullptr);
  QTest::keyClicks(editor, QStringLiteral("warm start"));
  QTest::keyClick(editor, Qt::Key_Return);
  ASSERT_TRUE(until(
      [&] { return model->index(note, 1).data().toString() == QStringLiteral("warm start"); }));
  EXPECT_EQ(now(&testing::FakeLab::jobs).at(2).note(), "warm start");

  model->setData(model->index(tags, 1), QStringLiteral(" old  new "), Qt::EditRole);
  ASSERT_TRUE(
      until([&] { return model->index(tags, 1).data().toString() == QStringLiteral("old new"); }));
}

TEST_F(ComparePageTest, ReadsWhatHasEndedOnce) {
  for (int64_t id = 4; id <= 20; ++id) {
    v1::Job& job = fake_.AddJob(id, id == 20 ? v1::Job::RUNNING : v1::Job::SUCCEEDED);
    *job.mutable_summary() = fake_.jobs[1].summary();
  }
  connectLab();
  Comparison comparison(&lab_.session, &lab_.jobs);
  int reads = 0;
  QObject::connect(&comparison, &Comparison::changed, [&] { ++reads; });
  QStringList names;
  for (int id = 1; id <= 20; ++id) names << QString::number(id);
  comparison.setNames(names);
  ASSERT_TRUE(until([&] { return reads == 1; }));
  ASSERT_TRUE(comparison.status().ok()) << comparison.status();
  EXPECT_EQ(comparison.curves().size(), 20U);
  EXPECT_EQ(now(&testing::FakeLab::read_metrics).size(), 20U);
  comparison.setWatched(true);
  ASSERT_TRUE(until([&] { return reads == 2; }));
  comparison.setWatched(false);
  EXPECT_EQ(now(&testing::FakeLab::read_metrics).size(), 21U) << "only the one that runs";
  EXPECT_EQ(comparison.curves()[19].job, 20);
  comparison.setXAxis(XAxis::kTime);
  ASSERT_TRUE(until([&] { return reads == 3; }));
  EXPECT_EQ(now(&testing::FakeLab::read_metrics).size(), 41U) << "another axis, all anew";
}

TEST(ComparisonReader, PutsSettingsOfManyTogether) {
  auto row = [](const char* field, const std::vector<std::string>& values) {
    v1::SettingRow row;
    row.set_field(field);
    for (const std::string& value : values) {
      v1::Setting& setting = *row.add_settings();
      setting.set_present(!value.empty());
      setting.set_value(value);
    }
    return row;
  };
  // Five jobs, asked as {0, 1, 2} and {0, 3, 4}; `late` differs only in the second part.
  v1::CompareConfigsResponse first, second;
  *first.add_rows() = row("rate", {"1", "2", "3"});
  *second.add_rows() = row("rate", {"1", "4", ""});
  *second.add_rows() = row("late", {"a", "a", "b"});
  std::vector<v1::SettingRow> rows;
  mergeSettings(first, 1, 5, &rows);
  mergeSettings(second, 3, 5, &rows);
  ASSERT_EQ(rows.size(), 2U);
  auto values = [](const v1::SettingRow& row) {
    std::string all;
    for (const v1::Setting& one : row.settings()) all += one.present() ? one.value() : "-";
    return all;
  };
  EXPECT_EQ(values(rows[0]), "1234-");
  EXPECT_EQ(values(rows[1]), "aaaab");
  // More settings than jobs, or none at all, as no labd should answer.
  v1::CompareConfigsResponse wrong;
  *wrong.add_rows() = row("rate", {"1", "2", "3", "4"});
  *wrong.add_rows() = row("none", {});
  rows.clear();
  mergeSettings(wrong, 1, 2, &rows);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(values(rows[0]), "12");
}

TEST(ComparisonReader, SharesThePointsAmongMany) {
  EXPECT_EQ(pointsOfEach(4000, 3), 4000);
  EXPECT_EQ(pointsOfEach(4000, 500), 1000);
  EXPECT_EQ(pointsOfEach(4000, 100000), 500);
  EXPECT_EQ(pointsOfEach(200, 500), 200);
}

TEST_F(ComparePageTest, MarksManyRunsAtOnce) {
  connectLab();
  RunChooser chooser(lab_.jobs, {QStringLiteral("2")});
  button(chooser, "Mark all shown")->click();
  EXPECT_EQ(chooser.chosen().size(), 3);
  EXPECT_EQ(chooser.chosen().front(), QStringLiteral("2")) << "what was there stays first";
  button(chooser, "Unmark all shown")->click();
  EXPECT_TRUE(chooser.chosen().isEmpty());
}

TEST_F(ComparePageTest, SaysAtTheTableWhatWasRefused) {
  connectLab();
  auto page = open();
  auto* model = page->findChild<ComparisonTable*>();
  {
    std::lock_guard lock(fake_.mutex);
    fake_.jobs.erase(3);
  }
  model->setData(model->index(model->rowCount() - 1, 2), QStringLiteral("x"), Qt::EditRole);
  ASSERT_TRUE(until([&] {
    for (QLabel* label : page->findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains(QStringLiteral("job 3 keeps"))) return true;
    }
    return false;
  }));
}

}  // namespace
}  // namespace lab::gui
