// A setting against a result: which settings can be an axis, and what the table shows.

#include "gui/models/sweep.h"

#include <gmock/gmock.h>

#include <QAbstractItemModelTester>
#include <QImage>
#include <QSignalSpy>
#include <cmath>

#include "gui/charts/scatter_chart.h"
#include "gui/models/sweep_table.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

std::vector<Compared> runs(size_t count) {
  std::vector<Compared> curves(count);
  for (size_t i = 0; i < count; ++i) {
    curves[i].job = static_cast<int64_t>(i) + 1;
    curves[i].title = std::to_string(i + 1) + " run";
    curves[i].state = "succeeded";
    curves[i].last = 2.0 + static_cast<double>(i);
    curves[i].last_step = 100;
    curves[i].best = 1.5 + static_cast<double>(i);
    curves[i].best_step = 90;
  }
  return curves;
}

// "" stands for a setting that is not set.
v1::SettingRow row(const std::string& field, const std::vector<std::string>& values) {
  v1::SettingRow row;
  row.set_field(field);
  for (const std::string& value : values) {
    v1::Setting& setting = *row.add_settings();
    setting.set_present(!value.empty());
    setting.set_value(value);
  }
  return row;
}

std::vector<SweepAxis> axes(const std::vector<std::string>& values) {
  return axesOf(runs(values.size()), {row("f", values)});
}

TEST(Sweep, ReadsNumbersHoweverTheyAreWritten) {
  const SweepAxis axis = axes({"1e-3", "0.003", "10"})[0];
  EXPECT_TRUE(axis.numeric);
  EXPECT_THAT(axis.places, ElementsAre(1e-3, 3e-3, 10));
  EXPECT_TRUE(axis.refusal.isEmpty());
}

TEST(Sweep, WantsALogarithmBeyondTwoDecadesOfPositiveNumbersOnly) {
  EXPECT_TRUE(axes({"1e-4", "1e-3", "2e-2"})[0].wide);
  EXPECT_FALSE(axes({"1", "100"})[0].wide);
  EXPECT_FALSE(axes({"0", "1000"})[0].wide);
  EXPECT_FALSE(axes({"-1", "1000"})[0].wide);
}

TEST(Sweep, GivesWordsPlacesInTheOrderOfTheRuns) {
  const SweepAxis axis = axes({"cosine", "\"constant\"", "cosine"})[0];
  EXPECT_FALSE(axis.numeric);
  EXPECT_EQ(axis.words, (QStringList{QStringLiteral("cosine"), QStringLiteral("constant")}));
  EXPECT_THAT(axis.places, ElementsAre(0, 1, 0));
}

TEST(Sweep, ShowsWhatIsUnsetAsNoNumberAndAsAWord) {
  const SweepAxis numbers = axes({"1", "", "3"})[0];
  EXPECT_TRUE(numbers.numeric);
  EXPECT_TRUE(std::isnan(numbers.places[1]));
  EXPECT_EQ(numbers.texts[1], QStringLiteral("–"));
  const SweepAxis words = axes({"auto", "null", "3"})[0];
  EXPECT_FALSE(words.numeric) << "auto beside a number is a word";
  EXPECT_EQ(words.words.size(), 3);
}

TEST(Sweep, SaysWhyASettingIsNoAxis) {
  std::vector<std::string> many;
  for (int i = 0; i <= kMostWords; ++i) many.push_back("file-" + std::to_string(i));
  const SweepAxis axis = axes(many)[0];
  EXPECT_TRUE(axis.refusal.contains(QStringLiteral("25 different texts"))) << utf8(axis.refusal);
  EXPECT_FALSE(axes({"5", ""})[0].refusal.isEmpty()) << "one value is no axis";
}

TEST(Sweep, PutsTheBestAxesFirstAndSeedsOfMeansNowhere) {
  const std::vector<v1::SettingRow> rows = {row("seed", {"1", "2"}), row("kind", {"a", "b"}),
                                            row("rate", {"1", "2"})};
  auto fields = [](const std::vector<SweepAxis>& axes) {
    std::vector<std::string> fields;
    for (const SweepAxis& axis : axes) fields.push_back(utf8(axis.field));
    return fields;
  };
  std::vector<Compared> curves = runs(2);
  EXPECT_THAT(fields(axesOf(curves, rows)), ElementsAre("rate", "kind", "seed"));
  curves[1].group = "rates";
  EXPECT_THAT(fields(axesOf(curves, rows)), ElementsAre("rate", "kind"));
}

TEST(Sweep, FindsTheBestByTheMetricsGoal) {
  std::vector<Compared> curves = runs(3);
  curves[0].last = std::nan("");
  const auto points = pointsOf(curves, SweepResult::kLast);
  EXPECT_EQ(bestOf(points, "min"), 1);
  EXPECT_EQ(bestOf(points, "max"), 2);
  EXPECT_EQ(bestOf(points, "none"), -1);
  EXPECT_EQ(pointsOf(curves, SweepResult::kBest)[2].step, 90);
}

TEST(SweepTable, ShowsMeansWithTheirErrorsAndSortsByNumbers) {
  std::vector<Compared> curves = runs(3);
  curves[0].group = "rates";
  curves[0].last = 1.3021;
  curves[0].last_error = 0.0124;
  SweepTable table;
  QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::Fatal);
  const SweepAxis axis = axesOf(curves, {row("rate", {"1e-2", "9e-3", "1e-1"})})[0];
  const auto points = pointsOf(curves, SweepResult::kLast);
  table.show(axis, points, QStringLiteral("val/loss, end"), 0);
  auto cell = [&](int row, int column, int role = Qt::DisplayRole) {
    return table.index(row, column).data(role);
  };
  EXPECT_EQ(cell(0, SweepTable::kValue).toString(), q(FormatEstimate(1.3021, 0.0124, true)));
  EXPECT_EQ(cell(0, SweepTable::kSetting).toString(), QStringLiteral("1e-2"));
  EXPECT_EQ(cell(0, SweepTable::kValue, SweepTable::kTone).toString(), toneName(Tone::kGood));
  EXPECT_LT(cell(1, SweepTable::kSetting, SweepTable::kSort).toDouble(),
            cell(0, SweepTable::kSetting, SweepTable::kSort).toDouble());
  QSignalSpy resets(&table, &QAbstractItemModel::modelReset);
  table.show(axis, points, QStringLiteral("val/loss, end"), 1);
  EXPECT_EQ(resets.count(), 0) << "only values: selection stays";
  table.show(axis, pointsOf(runs(2), SweepResult::kLast), QStringLiteral("val/loss, end"), 1);
  EXPECT_EQ(resets.count(), 1);
}

// How many pixels have this colour, or nearly.
int pixels(QWidget* widget, const QColor& wanted) {
  const QImage image = widget->grab().toImage();
  int found = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      found += std::abs(pixel.red() - wanted.red()) + std::abs(pixel.green() - wanted.green()) +
                   std::abs(pixel.blue() - wanted.blue()) <
               30;
    }
  }
  return found;
}

TEST(ScatterChart, DrawsErrorBarsInTheDotsColourWithRoomForThem) {
  ScatterChart chart;
  chart.resize(360, 240);
  const QColor red(200, 0, 0);
  ScatterPoint left{1, 2, red, {}, {}}, right{2, 2.1, red, {}, {}};
  chart.setPoints({left, right});
  chart.show();
  QCoreApplication::processEvents();
  const int dots = pixels(&chart, red);
  left.error = 1.0;
  chart.setPoints({left, right});
  QCoreApplication::processEvents();
  EXPECT_GT(pixels(&chart, red), dots + 40) << "a bar of some sixty pixels";
}

TEST(ScatterChart, ShowsWordsAlongX) {
  ScatterChart chart;
  chart.setCategories(QStringLiteral("shape"),
                      {QStringLiteral("cosine"), QStringLiteral("constant")});
  chart.setPoints({{0, 2.1, {}, {}, {}}, {1, 2.3, {}, {}, {}}});
  EXPECT_EQ(chart.shown(), 2U);
  // The same long beginning twice: both stay.
  const QString start(40, QLatin1Char('a'));
  QStringList many;
  for (int i = 0; i < 20; ++i) many << start + QString::number(i);
  chart.setCategories(QStringLiteral("file"), many);
  chart.grab();
  EXPECT_EQ(chart.shown(), 2U);
}

}  // namespace
}  // namespace lab::gui
