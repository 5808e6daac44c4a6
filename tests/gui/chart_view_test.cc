// How charts choose what they show: axes, ranges, zoom, readings.

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "gui/charts/auto_range.h"
#include "gui/charts/axes.h"
#include "gui/charts/crosshair.h"
#include "gui/charts/trace.h"
#include "gui/charts/view_moves.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

PlotScene sceneOf(std::vector<std::pair<std::vector<double>, std::vector<double>>> curves) {
  PlotScene scene;
  for (auto& [x, y] : curves) {
    PlotCurve curve{.id = static_cast<CurveId>(scene.curves.size()) + 1};
    curve.style.label = QString::number(curve.id);
    curve.data.setColumns(std::move(x), std::move(y));
    scene.curves.push_back(std::move(curve));
  }
  scene.refresh();
  return scene;
}

QStringList labels(const AxisText& axis) {
  QStringList texts;
  for (const Tick& tick : axis.ticks) texts << tickText(tick);
  return texts;
}

TEST(Axes, LabelTimeInTheUnitThatFits) {
  const AxisText minutes = xAxisText(XAxis::kTime, 0, 600, 500);
  EXPECT_EQ(minutes.name, QStringLiteral("time (min)"));
  EXPECT_EQ(labels(minutes).last(), QStringLiteral("10"));
  EXPECT_EQ(minutes.ticks.back().at, 600);
  EXPECT_EQ(xAxisText(XAxis::kTime, 0, 90, 500).name, QStringLiteral("time (s)"));
  EXPECT_EQ(xAxisText(XAxis::kTime, 0, 86400, 500).name, QStringLiteral("time (h)"));
}

TEST(Axes, GroupThousandsAndWriteAMinusSign) {
  EXPECT_EQ(tickText({20000, "20000"}), QString::fromUtf8("20\u2009000"));
  EXPECT_EQ(tickText({-0.5, "-0.5"}), QString::fromUtf8("\u22120.5"));
  EXPECT_EQ(tickText({500, "500"}), QStringLiteral("500"));
}

TEST(Axes, HaveFourToSevenLabelsWhereThereIsRoom) {
  for (double span : {0.013, 0.7, 3.0, 42.0, 600.0, 12345.0}) {
    const ChartView view{.y_low = 1.93, .y_high = 1.93 + span};
    const size_t count = yAxisText({}, {}, view, 340).ticks.size();
    EXPECT_GE(count, 3U) << span;
    EXPECT_LE(count, 7U) << span;
  }
}

TEST(Axes, NeverLabelHalfASteps) {
  for (const Tick& tick : xAxisText(XAxis::kStep, 3.2, 6.4, 800).ticks) {
    EXPECT_EQ(tick.at, std::round(tick.at));
  }
}

TEST(PlotMap, GoesThereAndBack) {
  for (bool log : {false, true}) {
    const PlotMap map({.x_low = 10, .x_high = 20, .y_low = 0.1, .y_high = 100, .log_y = log},
                      QRectF(50, 20, 400, 300));
    EXPECT_DOUBLE_EQ(map.toX(10), 50);
    EXPECT_DOUBLE_EQ(map.toX(20), 450);
    EXPECT_DOUBLE_EQ(map.toY(100), 20);
    EXPECT_NEAR(map.yAt(map.toY(7)), 7, 1e-9);
    EXPECT_NEAR(map.xAt(map.toX(13)), 13, 1e-9);
    EXPECT_TRUE(std::isfinite(map.toY(0)));
  }
}

TEST(AutoRange, HoldsAllWithRoomAndKeepsStill) {
  const Bounds first = settledLinear({1.9, 7.6}, nullptr);
  EXPECT_LT(first.low, 1.9);
  EXPECT_GT(first.high, 7.6);
  EXPECT_EQ(settledLinear({1.85, 7.6}, &first), first);  // a little more of it
  EXPECT_NE(settledLinear({1.9, 2.4}, &first), first);   // it would hide the difference
  EXPECT_NE(settledLinear({1.9, 9}, &first), first);     // it is outside
  EXPECT_EQ(settledLinear({0, 5}, nullptr).low, 0);      // nothing is below zero
  EXPECT_LT(settledLinear({-1, 5}, nullptr).low, -1);
}

TEST(AutoRange, ShowsAConstantInTheMiddle) {
  const Bounds range = settledLinear({3, 3}, nullptr);
  EXPECT_LT(range.low, 3);
  EXPECT_GT(range.high, 3);
  EXPECT_LT(settledLinear({0, 0}, nullptr).low, 0);
}

TEST(AutoRange, KeepsAGrowingAxisStillMostOfTheTime) {
  Bounds shown = settledX({1, 10}, 0, nullptr);
  EXPECT_EQ(shown, (Bounds{0, 10}));
  int jumps = 0;
  for (double end = 11; end <= 10000; ++end) {
    const Bounds next = settledX({1, end}, 0, &shown);
    ASSERT_GE(next.high, end);
    jumps += next != shown;
    shown = next;
  }
  EXPECT_LT(jumps, 40);
  EXPECT_EQ(settledX({1, 412}, 600, nullptr), (Bounds{0, 600}));
}

TEST(AutoRange, ClipsOutliersAndCountsThem) {
  std::vector<double> x, y;
  for (int i = 0; i < 1000; ++i) {
    x.push_back(i);
    y.push_back(i % 200 == 0 ? 1e6 : 2 + 0.1 * std::sin(i));
  }
  y[3] = kNan;
  PlotScene scene = sceneOf({{x, y}});
  EXPECT_GT(settledView(scene, nullptr, false).y_high, 1e6);
  scene.clip = true;
  const ChartView view = settledView(scene, nullptr, false);
  EXPECT_LT(view.y_high, 2.3);
  const Outside outside = outsideOf(scene, view);
  EXPECT_EQ(outside.outside, 5U);
  EXPECT_EQ(outside.gaps, 1U);
}

TEST(AutoRange, LeavesWhatALogarithmCannotShow) {
  PlotScene scene = sceneOf({{{0, 1, 2, 3}, {0, 1e-4, 1e-3, -2}}});
  scene.log_y = true;
  const ChartView view = settledView(scene, nullptr, false);
  EXPECT_TRUE(view.log_y);
  EXPECT_GT(view.y_low, 1e-5);
  EXPECT_LT(view.y_low, 1e-4);
  EXPECT_GT(view.y_high, 1e-3);
}

TEST(AutoRange, HoldsTheFloorAndTheBands) {
  PlotScene scene = sceneOf({{{0, 1}, {3, 4}}});
  scene.floor = 1.5;
  scene.curves[0].band = {{0, 1}, {2, 3}, {6, 7}};
  const ChartView view = settledView(scene, nullptr, false);
  EXPECT_LT(view.y_low, 1.5);
  EXPECT_GT(view.y_high, 7);
}

TEST(AutoRange, BearsNothingAtAll) {
  PlotScene scene;
  const ChartView view = settledView(scene, nullptr, false);
  EXPECT_LT(view.x_low, view.x_high);
  EXPECT_LT(view.y_low, view.y_high);
  scene = sceneOf({{{0, 1}, {kNan, kNan}}});
  scene.log_y = true;
  EXPECT_GT(settledView(scene, nullptr, false).y_low, 0);
}

TEST(ViewMoves, KeepWhatIsUnderThePointer) {
  const ChartView view{.x_low = 0, .x_high = 100, .y_low = 1, .y_high = 100, .log_y = true};
  const ChartView nearer = zoomedX(view, 0.5, 20);
  EXPECT_DOUBLE_EQ(nearer.x_low, 10);
  EXPECT_DOUBLE_EQ(nearer.x_high, 60);
  const ChartView taller = zoomedY(view, 0.5, 10);
  EXPECT_NEAR(taller.y_low, std::sqrt(10), 1e-9);
  const PlotMap map(view, QRectF(0, 0, 100, 100));
  EXPECT_DOUBLE_EQ(panned(map, 10, 0).x_low, -10);
  const ChartView box = boxed(map, QRectF(10, 0, 20, 50));
  EXPECT_DOUBLE_EQ(box.x_low, 10);
  EXPECT_NEAR(box.y_low, 10, 1e-9);
}

TEST(ViewMoves, StayNearTheData) {
  const ChartView all{.x_low = 0, .x_high = 100, .y_low = 0, .y_high = 1};
  const ChartView away = kept({.x_low = 1000, .x_high = 1050, .y_low = 0, .y_high = 1}, all, 4);
  EXPECT_DOUBLE_EQ((away.x_low + away.x_high) / 2, 100);
  const ChartView tiny = kept({.x_low = 50, .x_high = 50, .y_low = 2, .y_high = 2}, all, 4);
  EXPECT_DOUBLE_EQ(tiny.x_high - tiny.x_low, 4);
  EXPECT_LT(tiny.y_low, tiny.y_high);
  const ChartView wide = kept({.x_low = -1e6, .x_high = 1e6, .y_low = 0, .y_high = 1}, all, 4);
  EXPECT_DOUBLE_EQ(wide.x_high - wide.x_low, 200);
}

TEST(Crosshair, ReadsTheLastPointBeforeThePlaceInSeriesOrder) {
  PlotScene scene =
      sceneOf({{{0, 100, 200}, {8, 2.5, 2.0625}}, {{0, 150}, {9, kNan}}, {{180}, {1}}});
  scene.floor = 2;
  const Readings at = readingsAt(scene, 170);
  ASSERT_EQ(at.rows.size(), 3U);  // the third curve has not begun
  EXPECT_EQ(at.x, 150);
  EXPECT_EQ(at.rows[0].value, 2.5);
  EXPECT_EQ(at.rows[0].x, 100);
  EXPECT_TRUE(std::isnan(at.rows[1].value));  // what is not finite is said
  EXPECT_EQ(at.rows[2].id, 0);
  EXPECT_DOUBLE_EQ(at.rows[2].value, 0.5);  // above the floor
  EXPECT_TRUE(readingsAt(scene, -1).rows.empty());
}

TEST(Crosshair, ReadsRawAndSmoothedValues) {
  PlotScene scene = sceneOf({{{0, 1}, {8, 4}}});
  scene.curves[0].data.setSmoothness(0.5);
  scene.refresh();
  const Readings at = readingsAt(scene, 1);
  EXPECT_EQ(at.rows[0].value, 4);
  EXPECT_NEAR(at.rows[0].smoothed, (0.25 * 8 + 0.5 * 4) / 0.75, 1e-12);
}

TEST(Crosshair, StepsFromPointToPointOfAnyCurve) {
  PlotScene scene = sceneOf({{{0, 10, 20}, {1, 1, 1}}, {{5, 10}, {1, 1}}});
  EXPECT_EQ(neighbourOf(scene, 0, 1), 5);
  EXPECT_EQ(neighbourOf(scene, 5, 1), 10);
  EXPECT_EQ(neighbourOf(scene, 10, -1), 5);
  EXPECT_FALSE(neighbourOf(scene, 20, 1).has_value());
}

Trace traceOfAll(const PlotScene& scene, const PlotMap& map) {
  const CurveData& data = scene.curves[0].data;
  return traceOf(data, map, columnsOf(data, map), false);
}

TEST(Trace, BreaksAtWhatIsNotFiniteAndMarksIt) {
  PlotScene scene = sceneOf({{{0, 1, 2, 3, 4}, {1, 1, kNan, 1, 1}}});
  const PlotMap map({.x_low = 0, .x_high = 4, .y_low = 0, .y_high = 2}, QRectF(0, 0, 400, 100));
  const Trace trace = traceOfAll(scene, map);
  ASSERT_EQ(trace.lines.size(), 2U);
  EXPECT_EQ(trace.lines[0].size(), 2);
  EXPECT_EQ(trace.lines[0][1], QPointF(100, 50));
  ASSERT_EQ(trace.gaps.size(), 1U);
  EXPECT_EQ(trace.gaps[0].first, 199);
}

TEST(Trace, ReachesToThePointsBesideTheView) {
  PlotScene scene = sceneOf({{{0, 100}, {0, 100}}});
  const PlotMap map({.x_low = 40, .x_high = 60, .y_low = 0, .y_high = 100}, QRectF(0, 0, 200, 100));
  const Trace trace = traceOfAll(scene, map);
  ASSERT_EQ(trace.lines.size(), 1U);
  EXPECT_EQ(trace.lines[0].first().x(), -400);
  EXPECT_EQ(trace.lines[0].last().x(), 600);
}

// The spike's pixels are there however many points share its column.
TEST(Trace, FillsASpikeOfOnePointAmongMany) {
  std::vector<double> x, y;
  for (int i = 0; i < 100000; ++i) {
    x.push_back(i);
    y.push_back(i == 54321 ? 9 : 1);
  }
  PlotScene scene = sceneOf({{x, y}});
  const PlotMap map({.x_low = 0, .x_high = 1e5, .y_low = 0, .y_high = 10}, QRectF(0, 0, 200, 100));
  QImage image(200, 100, QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::transparent);
  fillTrace(&image, image.rect(), traceOfAll(scene, map), 1, Qt::red);
  const int column = 54321 / 500;
  EXPECT_GT(qAlpha(image.pixel(column, 12)), 200);
  EXPECT_EQ(qAlpha(image.pixel(column - 2, 12)), 0);
  EXPECT_GT(qAlpha(image.pixel(column - 2, 90)) + qAlpha(image.pixel(column - 2, 89)), 200);
}

TEST(PlotScene, WritesThePointsInSightAsTheyWereMeasured) {
  PlotScene scene = sceneOf({{{0, 1, 2}, {0.1, kNan, 1.0 / 3}}});
  scene.curves[0].style.label = QStringLiteral("a, \"b\"");
  EXPECT_EQ(csvOf(scene, 0.5, 2),
            "curve,step,value\n\"a, \"\"b\"\"\",1,NaN\n\"a, \"\"b\"\"\",2,0.3333333333333333\n");
}

TEST(PlotScene, FindsTheCurveAtThePointer) {
  PlotScene scene = sceneOf({{{0, 10}, {0, 0}}, {{0, 10}, {0, 10}}});
  const PlotMap map({.x_low = 0, .x_high = 10, .y_low = 0, .y_high = 10}, QRectF(0, 0, 100, 100));
  EXPECT_EQ(curveNear(scene, map, 50, 52, 8), 2);  // on the line between its points
  EXPECT_EQ(curveNear(scene, map, 50, 99, 8), 1);
  EXPECT_FALSE(curveNear(scene, map, 50, 70, 8).has_value());
}

}  // namespace
}  // namespace lab::gui
