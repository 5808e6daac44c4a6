#include "proto/client/change_point.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

namespace lab {
namespace {

using ::testing::HasSubstr;

std::vector<int64_t> StepsTo(size_t count) {
  std::vector<int64_t> steps;
  for (size_t i = 0; i < count; ++i) steps.push_back(static_cast<int64_t>(100 * (i + 1)));
  return steps;
}

TEST(ChangePointTest, FindsAStepExactly) {
  std::vector<double> values;
  for (int i = 0; i < 10; ++i) values.push_back(i < 4 ? 0.25 : 1.75);
  const absl::StatusOr<ChangePoint> change = FindChange(StepsTo(10), values);
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
  const absl::StatusOr<ChangePoint> change = FindChange(StepsTo(5), {0, 0, 3, 2, 2});
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(change->after, 200);
  EXPECT_NEAR(change->share, 1 - (2.0 / 3) / (17 - 49.0 / 5), 1e-12);
}

TEST(ChangePointTest, AStraightLineExplainsThreeQuarters) {
  std::vector<double> line;
  for (int i = 0; i < 200; ++i) line.push_back(i);
  const absl::StatusOr<ChangePoint> change = FindChange(StepsTo(200), line);
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
    const absl::StatusOr<ChangePoint> change = FindChange(StepsTo(12), values);
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
      FindChange(StepsTo(8), {0, 0, 0, nan, nan, 1, 1, std::numeric_limits<double>::infinity()});
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after, 300);
  EXPECT_EQ(change->until, 600);
}

TEST(ChangePointTest, RefusesWhatHasNone) {
  const auto few = FindChange(StepsTo(4), {0, 0, 1, 1});
  EXPECT_TRUE(absl::IsFailedPrecondition(few.status()));
  EXPECT_THAT(std::string(few.status().message()), HasSubstr("needs 5 checkpoints"));
  const auto flat = FindChange(StepsTo(6), {0.1, 0.1, 0.1, 0.1, 0.1, 0.1});
  EXPECT_TRUE(absl::IsFailedPrecondition(flat.status()));
}

}  // namespace
}  // namespace lab
