// The chart of curves as its user meets it.

#include "gui/charts/line_chart.h"

#include <gmock/gmock.h>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "gui/charts/plot_view.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class LineChartTest : public testing::Test {
 protected:
  LineChartTest() {
    for (int step = 1; step <= 400; ++step) loss_.append(step, step * 0.5, 8.0 / std::sqrt(step));
    chart_.resize(640, 360);
    chart_.setY(QStringLiteral("loss"), QStringLiteral("nats/token"));
    id_ = chart_.addCurve({.label = QStringLiteral("train"), .color = Qt::blue});
    chart_.setSeries(id_, &loss_);
    chart_.show();
    QCoreApplication::processEvents();
    plot_ = chart_.findChild<PlotView*>();
  }

  // How many pixels of the plot are of about this colour.
  int pixelsOf(const QColor& color, int tolerance = 40) {
    const QImage image = plot_->grab().toImage();
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        const QColor pixel = image.pixelColor(x, y);
        count += std::abs(pixel.red() - color.red()) < tolerance &&
                 std::abs(pixel.green() - color.green()) < tolerance &&
                 std::abs(pixel.blue() - color.blue()) < tolerance;
      }
    }
    return count;
  }

  Series loss_;
  LineChart chart_{QStringLiteral("Loss")};
  CurveId id_ = 0;
  PlotView* plot_ = nullptr;
};

TEST_F(LineChartTest, DrawsItsCurveAndFollowsIt) {
  EXPECT_GT(pixelsOf(Qt::blue), 300);
  EXPECT_EQ(chart_.view().x_low, 0);
  EXPECT_GE(chart_.view().x_high, 400);
  for (int step = 401; step <= 3000; ++step) loss_.append(step, step, 0.1);
  chart_.dataChanged();
  ASSERT_TRUE(QTest::qWaitFor([&] { return chart_.view().x_high >= 3000; }));
}

TEST_F(LineChartTest, KeepsToWhatIsExpected) {
  chart_.setExpectedEnd(600);
  EXPECT_EQ(chart_.view().x_high, 600);
}

TEST_F(LineChartTest, ZoomsByWheelAndBoxAndShowsAllAgain) {
  const ChartView all = chart_.view();
  const QPointF middle(320, 150);
  QWheelEvent wheel(middle, plot_->mapToGlobal(middle), {}, QPoint(0, 240), Qt::NoButton,
                    Qt::NoModifier, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(plot_, &wheel);
  const ChartView nearer = chart_.view();
  EXPECT_LT(nearer.x_high - nearer.x_low, 0.7 * (all.x_high - all.x_low));
  QTest::mousePress(plot_, Qt::LeftButton, {}, QPoint(200, 100));
  QTest::mouseMove(plot_, QPoint(300, 200));
  QTest::mouseRelease(plot_, Qt::LeftButton, {}, QPoint(300, 200));
  const ChartView box = chart_.view();
  EXPECT_LT(box.x_high - box.x_low, 0.4 * (nearer.x_high - nearer.x_low));
  QTest::mouseDClick(plot_, Qt::LeftButton, {}, QPoint(200, 100));
  EXPECT_EQ(chart_.view(), all);
}

TEST_F(LineChartTest, IsReachedByKeys) {
  const ChartView all = chart_.view();
  QTest::keyClick(plot_, Qt::Key_Plus);
  const ChartView nearer = chart_.view();
  EXPECT_LT(nearer.x_high - nearer.x_low, all.x_high - all.x_low);
  QTest::keyClick(plot_, Qt::Key_Right);
  EXPECT_GT(chart_.view().x_low, nearer.x_low);
  QTest::keyClick(plot_, Qt::Key_Home);
  EXPECT_EQ(chart_.view(), all);

  QSignalSpy moved(plot_, &PlotView::crosshairMoved);
  QTest::keyClick(plot_, Qt::Key_Right, Qt::ShiftModifier);
  QTest::keyClick(plot_, Qt::Key_Right, Qt::ShiftModifier);
  ASSERT_EQ(moved.size(), 2);
  EXPECT_EQ(moved[1][0].value<std::optional<double>>(), 2);
}

TEST_F(LineChartTest, DrawsTheFloorOnlyWhereItIsKnown) {
  const QColor good = tokensOf(plot_).good;
  EXPECT_EQ(pixelsOf(good), 0);
  chart_.setFloor(1.5, QStringLiteral("floor 1.500"));
  EXPECT_GT(pixelsOf(good), 100);
  chart_.setFloor(std::nan(""));
  EXPECT_EQ(pixelsOf(good), 0);
}

TEST_F(LineChartTest, MarksWhatIsNotFiniteWithoutDrawingIt) {
  const QColor bad = tokensOf(plot_).bad;
  EXPECT_EQ(pixelsOf(bad), 0);
  for (int step = 401; step <= 450; ++step) loss_.append(step, step, std::nan(""));
  chart_.dataChanged();
  ASSERT_TRUE(QTest::qWaitFor([&] { return pixelsOf(bad) > 20; }));
  EXPECT_TRUE(std::isfinite(chart_.view().y_high));
}

TEST_F(LineChartTest, WritesPicturesAndPoints) {
  QTemporaryDir folder;
  const QString picture = folder.filePath(QStringLiteral("a.png"));
  ASSERT_TRUE(chart_.exportPng(picture).ok());
  EXPECT_EQ(QImage(picture).size(), chart_.size() * 2);
  EXPECT_THAT(chart_.csv(), StartsWith("curve,step,value\ntrain,1,8\ntrain,2,5.65"));
  const absl::Status refused = chart_.exportCsv(QStringLiteral("/nowhere/at/all.csv"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("/nowhere/at/all.csv"));
  EXPECT_FALSE(chart_.exportPng(QStringLiteral("/nowhere/at/all.png")).ok());
}

TEST_F(LineChartTest, TellsWhatTheUserChanged) {
  QSignalSpy axis(&chart_, &LineChart::xAxisChanged), log(&chart_, &LineChart::logYChanged);
  chart_.setXAxis(XAxis::kTime);
  chart_.setXAxis(XAxis::kTime);
  chart_.setLogY(true);
  EXPECT_EQ(axis.size(), 1);
  EXPECT_EQ(log.size(), 1);
  EXPECT_TRUE(chart_.view().log_y);
  EXPECT_GE(chart_.view().x_high, 200);
  EXPECT_THAT(chart_.csv(), StartsWith("curve,step,time,value\ntrain,1,0.5,8\n"));
}

TEST_F(LineChartTest, ForgetsACurveThatIsTakenAway) {
  const CurveId other = chart_.addCurve({.label = QStringLiteral("b"), .color = Qt::red});
  chart_.setColumns(other, {0, 400}, {1, 1});
  EXPECT_GT(pixelsOf(Qt::red), 300);
  chart_.removeCurve(other);
  EXPECT_EQ(pixelsOf(Qt::red), 0);
  chart_.clearCurves();
  EXPECT_EQ(pixelsOf(Qt::blue), 0);
  chart_.setSeries(id_, &loss_);  // an id that is gone is none
  EXPECT_EQ(pixelsOf(Qt::blue), 0);
}

TEST_F(LineChartTest, ShowsManyCurvesWithoutMissingOne) {
  chart_.clearCurves();
  for (int i = 0; i < 60; ++i) {
    const CurveId id =
        chart_.addCurve({.label = QString::number(i), .color = i == 37 ? Qt::red : Qt::blue});
    chart_.setColumns(id, {0, 1, 2}, {i * 1.0, i * 1.0, i * 1.0});
  }
  // Drawn in slices; in the end all are there. A thin line may be spread over two rows.
  ASSERT_TRUE(QTest::qWaitFor([&] { return pixelsOf(Qt::red, 140) > 100; }));
}

}  // namespace
}  // namespace lab::gui
