#include "gui/models/change_point.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "gui/models/checkpoint_steps.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<int64_t> stepsTo(size_t count) {
  std::vector<int64_t> steps;
  for (size_t i = 0; i < count; ++i) steps.push_back(static_cast<int64_t>(100 * (i + 1)));
  return steps;
}

TEST(ChangePointTest, FindsAStepExactly) {
  std::vector<double> values;
  for (int i = 0; i < 10; ++i) values.push_back(i < 4 ? 0.25 : 1.75);
  const absl::StatusOr<ChangePoint> change = findChange(stepsTo(10), values);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after, 400);
  EXPECT_EQ(change->until, 500);
  EXPECT_DOUBLE_EQ(change->before, 0.25);
  EXPECT_DOUBLE_EQ(change->behind, 1.75);
  EXPECT_DOUBLE_EQ(change->share, 1);
  // Of 210 orders one is this, and one (six high ones first) explains as much.
  EXPECT_NEAR(change->chance, 2.0 / 210, 0.01);
}

// By hand: of 0, 0, 3, 2, 2 the split after the second leaves 2/3 of 36/5.
TEST(ChangePointTest, ReportsTheShareOfTheVariance) {
  const absl::StatusOr<ChangePoint> change = findChange(stepsTo(5), {0, 0, 3, 2, 2});
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->after, 200);
  EXPECT_NEAR(change->share, 1 - (2.0 / 3) / (17 - 49.0 / 5), 1e-12);
}

TEST(ChangePointTest, AStraightLineExplainsThreeQuarters) {
  std::vector<double> line;
  for (int i = 0; i < 200; ++i) line.push_back(i);
  const absl::StatusOr<ChangePoint> change = findChange(stepsTo(200), line);
  ASSERT_TRUE(change.ok());
  EXPECT_NEAR(change->share, 0.75, 0.001);
}

TEST(ChangePointTest, SeesInNoiseAsMuchAsChanceAllows) {
  std::mt19937_64 random(3);
  int rare = 0;
  constexpr int kCurves = 200;
  for (int curve = 0; curve < kCurves; ++curve) {
    std::vector<double> values;
    for (int i = 0; i < 12; ++i) values.push_back(static_cast<double>(random() % 100000));
    const absl::StatusOr<ChangePoint> change = findChange(stepsTo(12), values);
    ASSERT_TRUE(change.ok());
    rare += change->chance <= 0.05 ? 1 : 0;
  }
  // 10 are expected; 23 or more come once in 10,000 times.
  EXPECT_LT(rare, 23);
  EXPECT_GT(rare, 0);
}

TEST(ChangePointTest, LeavesOutWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const absl::StatusOr<ChangePoint> change =
      findChange(stepsTo(8), {0, 0, 0, nan, nan, 1, 1, std::numeric_limits<double>::infinity()});
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after, 300);
  EXPECT_EQ(change->until, 600);
}

TEST(ChangePointTest, RefusesWhatHasNone) {
  const auto few = findChange(stepsTo(4), {0, 0, 1, 1});
  EXPECT_TRUE(absl::IsFailedPrecondition(few.status()));
  EXPECT_THAT(std::string(few.status().message()), HasSubstr("needs 5 checkpoints"));
  const auto flat = findChange(stepsTo(6), {0.1, 0.1, 0.1, 0.1, 0.1, 0.1});
  EXPECT_TRUE(absl::IsFailedPrecondition(flat.status()));
}

TEST(CheckpointStepsTest, AreSpreadOverTheLogarithm) {
  EXPECT_THAT(logSpaced({}, 4), ElementsAre());
  EXPECT_THAT(logSpaced({0, 7}, 4), ElementsAre(0, 7));
  EXPECT_THAT(logSpaced({1, 2, 4, 8, 16, 32, 64}, 4), ElementsAre(1, 8, 32, 64));
  std::vector<int64_t> even;
  for (int64_t step = 0; step <= 10000; step += 100) even.push_back(step);
  const std::vector<int64_t> chosen = logSpaced(even, 8);
  ASSERT_EQ(chosen.size(), 8u);
  EXPECT_EQ(chosen.front(), 0);
  EXPECT_EQ(chosen.back(), 10000);
  EXPECT_EQ(chosen[1], 100);  // log 1 to log 101 is the widest gap, and nothing halves it
  for (size_t i = 2; i < chosen.size(); ++i) {
    EXPECT_LT(chosen[i] / double(chosen[i - 1]), 4) << chosen[i];
  }
}

}  // namespace
}  // namespace lab::gui
