// The chart room: canvas, ticks, curves, as text that a person would see.

#include "cli/output/chart.h"

#include <cmath>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>

#include "cli/output/terminal.h"
#include "proto/client/compared.h"
#include "proto/client/ticks.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Canvas, DrawsEightDotsACell) {
  Canvas canvas(2, 1, true);
  EXPECT_EQ(canvas.dots_wide(), 4);
  EXPECT_EQ(canvas.dots_high(), 4);
  for (int x = 0; x < 2; ++x) {
    for (int y = 0; y < 4; ++y) canvas.Dot(x, y, {});
  }
  EXPECT_EQ(canvas.Row(0, false), "⣿");
  canvas.Dot(3, 3, {});
  EXPECT_EQ(canvas.Row(0, false), "⣿⢀");
  canvas.Dot(4, 0, {});  // outside
  canvas.Dot(0, -1, {});
  EXPECT_EQ(canvas.Row(0, false), "⣿⢀");
}

TEST(Canvas, DrawsLinesAndLetsTheFirstMarkStand) {
  Canvas canvas(4, 2, true);
  canvas.Line(0, 7, 7, 0, {});
  EXPECT_EQ(canvas.Row(0, false), "  ⡠⠊");
  EXPECT_EQ(canvas.Row(1, false), "⡠⠊");
  EXPECT_TRUE(canvas.Mark(0, 1, "a", {}));
  EXPECT_FALSE(canvas.Mark(0, 1, "b", {}));
  EXPECT_FALSE(canvas.Mark(9, 1, "b", {}));
  EXPECT_EQ(canvas.Row(1, false), "a⠊");
}

TEST(Canvas, DrawsInAsciiWithTheInksCharacter) {
  Canvas canvas(3, 3, false);
  canvas.Line(0, 2, 2, 0, {.ascii = 'c'});
  EXPECT_EQ(canvas.Row(0, false), "  c");
  EXPECT_EQ(canvas.Row(1, false), " c");
  EXPECT_EQ(canvas.Row(2, false), "c");
}

TEST(Canvas, PaintsRunsOfOneColour) {
  Canvas canvas(3, 1, false);
  canvas.Dot(0, 0, {.color = 32});
  canvas.Dot(1, 0, {.color = 32});
  canvas.Dot(2, 0, {.color = 214});
  EXPECT_EQ(canvas.Row(0, true), "\x1b[38;5;32m**\x1b[0m\x1b[38;5;214m*\x1b[0m");
  EXPECT_EQ(canvas.Row(0, false), "***");
}

std::vector<std::string> Labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> labels;
  for (const Tick& tick : ticks) labels.push_back(tick.label);
  return labels;
}

TEST(Ticks, StandAtRoundNumbers) {
  EXPECT_THAT(Labels(LinearTicks(0, 10, 6)), ElementsAre("0", "2", "4", "6", "8", "10"));
  EXPECT_THAT(Labels(LinearTicks(1.13, 1.48, 4)), ElementsAre("1.2", "1.3", "1.4"));
  EXPECT_THAT(Labels(LinearTicks(-0.1, 0.1, 5)),
              ElementsAre("-0.10", "-0.05", "0.00", "0.05", "0.10"));
  EXPECT_THAT(Labels(LinearTicks(0, 2e6, 3)), ElementsAre("0", "1.0 M", "2.0 M"));
  EXPECT_THAT(Labels(LinearTicks(7, 7, 5)), ElementsAre("7"));
  EXPECT_THAT(Labels(LinearTicks(1000000, 1000020, 3)),
              ElementsAre("1,000,000", "1,000,010", "1,000,020"));
  EXPECT_THAT(Labels(LinearTicks(1, 600, 7)),
              ElementsAre("100", "200", "300", "400", "500", "600"));
}

TEST(Ticks, AreNeverTooManyNorNone) {
  for (double low : {-1e9, -3.7, 0.0, 1e-12, 4.2e8}) {
    for (double span : {1e-12, 1e-3, 0.77, 13.0, 5e7, 1e15}) {
      for (int most : {1, 2, 5, 11}) {
        const auto count = static_cast<int>(LinearTicks(low, low + span, most).size());
        EXPECT_GE(count, 1) << low << " " << span << " " << most;
        EXPECT_LE(count, most) << low << " " << span << " " << most;
      }
    }
  }
}

TEST(Ticks, OfALogarithmicAxisArePowersOfTen) {
  EXPECT_THAT(Labels(LogTicks(1, 1000, 5)), ElementsAre("1", "10", "100", "1000"));
  EXPECT_THAT(Labels(LogTicks(0.9, 60, 6)), ElementsAre("1", "2", "5", "10", "20", "50"));
  EXPECT_THAT(Labels(LogTicks(1e-9, 1, 4)), ElementsAre("1e-09", "1e-06", "0.0010", "1"));
  EXPECT_THAT(Labels(LogTicks(1.13, 1.48, 4)), ElementsAre("1.2", "1.3", "1.4"));
}

ChartCurve Curve(const std::string& mark, size_t index, std::vector<double> y) {
  ChartCurve curve;
  curve.mark = mark;
  curve.ink = CurveInk(index, mark[0]);
  for (size_t i = 0; i < y.size(); ++i) curve.x.push_back(static_cast<double>(i));
  curve.y = std::move(y);
  return curve;
}

ChartOptions Small(bool unicode) {
  ChartOptions options;
  options.width = 40;
  options.height = 6;
  options.unicode = unicode;
  options.x_title = "step";
  return options;
}

TEST(Chart, DrawsCurvesThatTheirLettersTellApart) {
  const std::vector<ChartCurve> curves = {Curve("a", 0, {4, 3, 2, 1.5, 1.2, 1.1, 1}),
                                          Curve("b", 1, {4, 3.5, 3, 2.5, 2.2, 2.1, 2})};
  EXPECT_EQ("\n" + DrawChart(curves, Small(true)), R"(
4 ┤⠙a⣢⠤⣀⡀
  │   ⠑⠢⣈⠉⠒⠢⠤b⡀
3 ┤      ⠑⠢⢄  ⠈⠉⠒⠢⠤⢄⣀
2 ┤         ⠉⠒⠤⣀     ⠉⠉⠒⠒⠒⠤⠤⠤⠤⢄b⣀⣀⣀⣀⣀⣀⣀⣀
  │             ⠉⠑⠒⠢⠤⣀⣀
1 ┤                   a⠉⠉⠉⠒⠒⠒⠒⠢⠤⠤⠤⠤⠤⢄⣀⣀⣀
  └┬─────────────────────────────┬──────
   0                             5
                   step
)");
  EXPECT_EQ("\n" + DrawChart(curves, Small(false)), R"(
4 +bab
  |  abbbbbb b
3 +     aaaabbbbbb
2 +         aaaaaabbbbbbbbbbbbbbbbbbbbbb
  |               aaaaaa
1 +                     aaaaaaaaaaaaaaaa
  ++-----------------------------+------
   0                             5
                   step
)");
}

TEST(Chart, ShowsBandsFloorsAndWhereACurveBreaksOff) {
  const double nan = std::nan("");
  ChartCurve band = Curve("a", 0, {4, 3, 2, 1.5, 1.4});
  band.low = {3.5, 2.6, 1.7, 1.3, nan};
  band.high = {4.5, 3.4, 2.3, 1.7, nan};
  ChartOptions options = Small(false);
  options.floors = {1};
  EXPECT_EQ("\n" + DrawChart({band, Curve("b", 1, {4.4, 4.2, nan, nan, nan})}, options), R"(
  |bbbbbbbbb!
4 +aaaaa....
3 + ....aaaaaaa...
  |        ....aaaa......
2 +               .aaaaaaaaaaaaaaaaaaaaa
1 +- - - - - - - - - - - - - ..- - - - -
  ++-----------------+-----------------+
   0                 2                 4
                   step
)");
}

TEST(Chart, NoLineIsWiderThanAsked) {
  std::vector<double> y;
  for (int i = 0; i < 500; ++i) y.push_back(1e6 * std::sin(i * 0.05));
  for (int width : {30, 41, 80, 133}) {
    for (bool unicode : {true, false}) {
      ChartOptions options = Small(unicode);
      options.width = width;
      options.color = true;
      std::istringstream lines(DrawChart({Curve("a", 0, y), Curve("b", 1, y)}, options));
      for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), width);
    }
  }
}

TEST(Chart, SurvivesWhatCannotBeDrawn) {
  const double nan = std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(DrawChart({}, Small(true)), "");
  EXPECT_EQ(DrawChart({Curve("a", 0, {nan, infinity})}, Small(true)), "");
  EXPECT_THAT(DrawChart({Curve("a", 0, {5})}, Small(true)), HasSubstr("a"));
  EXPECT_THAT(DrawChart({Curve("a", 0, {5, 5, 5})}, Small(true)), HasSubstr("a"));
  EXPECT_THAT(DrawChart({Curve("a", 0, {1e300, -1e300, nan, 0})}, Small(false)), HasSubstr("a"));
  ChartOptions logarithmic = Small(true);
  logarithmic.log_y = true;
  EXPECT_EQ(DrawChart({Curve("a", 0, {0, -1})}, logarithmic), "");
  EXPECT_THAT(DrawChart({Curve("a", 0, {0, 10, 1000})}, logarithmic), HasSubstr("100"));
  EXPECT_THAT(DrawChart({Curve("a", 0, {1, 2})}, Small(true)), Not(HasSubstr("\x1b")));
}

TEST(Smoothed, StartsAtTheFirstValueAndSkipsWhatIsNotFinite) {
  EXPECT_THAT(Smoothed({1, 2, 3}, 0), ElementsAre(1, 2, 3));
  const std::vector<double> smoothed = Smoothed({4, 4, std::nan(""), 4}, 0.9);
  EXPECT_DOUBLE_EQ(smoothed[0], 4);
  EXPECT_DOUBLE_EQ(smoothed[1], 4);
  EXPECT_TRUE(std::isnan(smoothed[2]));
  EXPECT_DOUBLE_EQ(smoothed[3], 4);
  // (0.5·0.5·1 + 0.5·3) / 0.75
  EXPECT_DOUBLE_EQ(Smoothed({1, 3}, 0.5)[1], 7.0 / 3);
}

TEST(BestCurves, KeepsTheBestInTheirOrder) {
  std::vector<Compared> curves(4);
  for (size_t i = 0; i < curves.size(); ++i) curves[i].best = std::vector<double>{3, 1, 2, 4}[i];
  EXPECT_THAT(BestCurves(curves, "min", 2), ElementsAre(1, 2));
  EXPECT_THAT(BestCurves(curves, "max", 2), ElementsAre(0, 3));
  EXPECT_THAT(BestCurves(curves, "none", 2), ElementsAre(0, 1));
  EXPECT_THAT(BestCurves(curves, "min", 9), ElementsAre(0, 1, 2, 3));
  curves[1].best.reset();  // diverged at once
  EXPECT_THAT(BestCurves(curves, "min", 3), ElementsAre(0, 2, 3));
}

}  // namespace
}  // namespace lab::cli
