// What charts are drawn from: extremes, series, thinning, smoothing.

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "gui/charts/curve_data.h"
#include "gui/charts/decimate.h"
#include "gui/models/series.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Numbers as a run logs them: mostly near, now and then a spike, now and then not finite.
double someValue(std::mt19937_64& random) {
  const auto kind = random() % 50;
  if (kind == 0) return kNan;
  if (kind == 1) return random() % 2 == 0 ? kInfinity : -kInfinity;
  const double value = static_cast<double>(random() % 100000) / 1000 - 20;
  return kind == 2 ? 1000 * value : value;
}

Extremes::Range slowly(const std::vector<double>& values, size_t first, size_t end) {
  Extremes::Range range;
  for (size_t i = first; i < end; ++i) range.take(values[i]);
  return range;
}

void expectSame(const Extremes::Range& a, const Extremes::Range& b) {
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_EQ(a.gaps, b.gaps);
}

void expectRight(const Series& series, std::mt19937_64& random) {
  const size_t size = series.size();
  for (int i = 0; i < 20; ++i) {
    size_t first = random() % (size + 1), end = random() % (size + 1);
    if (first > end) std::swap(first, end);
    expectSame(series.extremes().over(series.values(), first, end),
               slowly(series.values(), first, end));
    const double low = someValue(random), high = low + 15;
    size_t outside = 0;
    for (size_t k = first; k < end; ++k) {
      const double value = series.values()[k];
      outside += std::isfinite(value) && (value < low || value > high);
    }
    if (std::isnan(low)) continue;
    EXPECT_EQ(series.extremes().countOutside(series.values(), first, end, low, high), outside);
  }
}

TEST(Extremes, EqualThoseOfEveryRangeThroughAllChanges) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 12; ++round) {
    Series series;
    int64_t step = 0;
    const size_t size = 1 + random() % 6000;
    while (series.size() < size) series.append(step += 1 + random() % 3, 0, someValue(random));
    expectRight(series, random);
    for (int i = 0; i < 30; ++i) {  // points that come late, and again
      series.append(static_cast<int64_t>(random() % static_cast<uint64_t>(step)), 1,
                    someValue(random));
    }
    expectRight(series, random);
    series.rewind(step / 2);
    expectRight(series, random);
    for (int i = 0; i < 500; ++i) series.append(++step, 0, someValue(random));
    expectRight(series, random);
  }
}

TEST(Series, CountsEditsButNotWhatComesAgain) {
  Series series;
  for (int step = 1; step <= 100; ++step) series.append(step, step, step == 7 ? kNan : step);
  EXPECT_EQ(series.edits(), 0U);
  for (int step = 1; step <= 100; ++step) series.append(step, step, step == 7 ? kNan : step);
  EXPECT_EQ(series.edits(), 0U);
  EXPECT_EQ(series.size(), 100U);
  series.append(50, 50, -1);
  EXPECT_EQ(series.edits(), 1U);
  series.rewind(100);
  EXPECT_EQ(series.edits(), 1U);
  series.rewind(99);
  EXPECT_EQ(series.edits(), 2U);
}

// Each column's figures, from every point.
void expectColumns(const CurveData& data, double from, double to, int width) {
  const std::vector<CurveColumn> columns = decimate(data, from, to, width);
  size_t next = data.lowerBound(from);
  int last_pixel = -1;
  for (const CurveColumn& column : columns) {
    EXPECT_GT(column.pixel, last_pixel);
    last_pixel = column.pixel;
    EXPECT_LT(column.pixel, width);
    ASSERT_EQ(column.first, next);
    ASSERT_GT(column.end, column.first);
    next = column.end;
    std::vector<double> finite;
    size_t gaps = 0;
    for (size_t i = column.first; i < column.end; ++i) {
      EXPECT_EQ(columnOf(data.x(i), from, to, width), column.pixel);
      if (std::isfinite(data.y(i))) {
        finite.push_back(data.y(i));
      } else {
        ++gaps;
      }
    }
    EXPECT_EQ(column.gaps, gaps);
    if (finite.empty()) {
      EXPECT_TRUE(std::isnan(column.low) && std::isnan(column.high) && std::isnan(column.enter));
      continue;
    }
    EXPECT_EQ(column.low, *std::min_element(finite.begin(), finite.end()));
    EXPECT_EQ(column.high, *std::max_element(finite.begin(), finite.end()));
    EXPECT_EQ(column.enter, finite.front());
    EXPECT_EQ(column.leave, finite.back());
  }
  EXPECT_EQ(next, data.upperBound(to));
}

TEST(Decimate, LosesNoSpikeAtAnyZoom) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 40; ++round) {
    Series series;
    int64_t step = static_cast<int64_t>(random() % 100);
    double seconds = 0;
    const size_t size = 1 + random() % 20000;
    for (size_t i = 0; i < size; ++i) {
      series.append(step, seconds, someValue(random));
      step += 1 + static_cast<int64_t>(random() % 50 == 0 ? random() % 500 : 0);
      seconds += static_cast<double>(random() % 1000) / 1000;
    }
    CurveData data;
    data.setSeries(&series, nullptr);
    data.setXAxis(round % 2 == 0 ? XAxis::kStep : XAxis::kTime);
    ASSERT_TRUE(data.refresh());
    const double begin = data.x(0), end = data.x(data.size() - 1);
    for (int zoom = 0; zoom < 6; ++zoom) {
      const double share = static_cast<double>(random() % 1000) / 1000;
      const double from = begin + (end - begin) * share * 0.8 - 3;
      const double to = from + 1 + (end - begin) * static_cast<double>(random() % 1000) / 700;
      expectColumns(data, from, to, 1 + static_cast<int>(random() % 1500));
    }
  }
}

TEST(Decimate, HasNothingWhereNothingIs) {
  CurveData data;
  EXPECT_TRUE(decimate(data, 0, 1, 100).empty());
  data.setColumns({1, 2, 3}, {1, 2, 3});
  data.refresh();
  EXPECT_TRUE(decimate(data, 4, 5, 100).empty());
  EXPECT_EQ(decimate(data, 1, 3, 100).back().pixel, 99);  // the right edge is inside
}

TEST(CurveData, SmoothsAsLabctlDoesWhereverItIsAsked) {
  std::mt19937_64 random(3);
  Series series;
  Smoother smoother;
  std::vector<double> wanted;
  CurveData data;
  data.setSeries(&series, nullptr);
  data.setSmoothness(0.97);
  for (int step = 0; step < 1000; ++step) {
    const double value = someValue(random);
    series.append(step, step, value);
    wanted.push_back(smoother.Next(value, 0.97));
    if (step % 37 == 0) data.refresh();  // it grows in pieces
  }
  data.refresh();
  for (size_t i = 0; i < wanted.size(); i += 7) {
    if (std::isnan(wanted[i])) {
      EXPECT_TRUE(std::isnan(data.smoothed(i)));
    } else {
      EXPECT_EQ(data.smoothed(i), wanted[i]) << i;
    }
  }
}

TEST(CurveData, StartsItsSmoothingAtTheFirstValue) {
  CurveData data;
  data.setColumns({0, 1, 2, 3}, {8, 8, kNan, 4});
  data.setSmoothness(0.9);
  data.refresh();
  EXPECT_DOUBLE_EQ(data.smoothed(0), 8);
  EXPECT_DOUBLE_EQ(data.smoothed(1), 8);
  EXPECT_TRUE(std::isnan(data.smoothed(2)));  // a gap stays one and leaves no trace
  EXPECT_DOUBLE_EQ(data.smoothed(3), (0.9 * 0.9 * 0.1 * 8 + 0.9 * 0.1 * 8 + 0.1 * 4) /
                                         (0.9 * 0.9 * 0.1 + 0.9 * 0.1 + 0.1));
}

std::vector<double> xOf(const CurveData& data) {
  std::vector<double> x;
  for (size_t i = 0; i < data.size(); ++i) x.push_back(data.x(i));
  return x;
}

TEST(CurveData, JoinsTokensByStep) {
  Series loss, tokens;
  for (int step : {1, 2, 4, 6}) loss.append(step, step, 1);
  tokens.append(2, 2, 200);
  tokens.append(4, 4, 1000);
  CurveData data;
  data.setSeries(&loss, &tokens);
  data.setXAxis(XAxis::kTokens);
  data.refresh();
  // Between known counts they grow evenly; beyond the last one nothing is known.
  EXPECT_THAT(xOf(data), ElementsAre(100, 200, 1000, 1000));
  tokens.append(6, 6, 1400);
  EXPECT_TRUE(data.refresh());
  EXPECT_THAT(xOf(data), ElementsAre(100, 200, 1000, 1400));
  EXPECT_FALSE(data.refresh());
  EXPECT_EQ(data.xOfStep(4), 1000);
  EXPECT_EQ(data.xOfStep(5), 1000);
  data.setSeries(&loss, nullptr);
  data.refresh();
  EXPECT_EQ(data.size(), 0U);  // without counts there is no place
}

TEST(CurveData, FollowsARunThatWasRewound) {
  Series loss;
  for (int step = 1; step <= 200; ++step) loss.append(step, step, step);
  CurveData data;
  data.setSeries(&loss, nullptr);
  data.setXAxis(XAxis::kTime);
  data.setSmoothness(0.5);
  data.refresh();
  EXPECT_EQ(data.size(), 200U);
  loss.rewind(100);
  for (int step = 101; step <= 120; ++step) loss.append(step, 1000 + step, 5);
  EXPECT_TRUE(data.refresh());
  EXPECT_EQ(data.size(), 120U);
  EXPECT_EQ(data.x(119), 1120);
  EXPECT_NEAR(data.smoothed(119), 5, 1e-3);
}

TEST(CurveData, NeverGoesBackInTime) {
  Series loss;
  loss.append(1, 10, 1);
  loss.append(2, 4, 1);
  loss.append(3, kNan, 1);
  loss.append(4, 12, 1);
  CurveData data;
  data.setSeries(&loss, nullptr);
  data.setXAxis(XAxis::kTime);
  data.refresh();
  EXPECT_THAT(xOf(data), ElementsAre(10, 10, 10, 12));
}

}  // namespace
}  // namespace lab::gui
