#include "proto/client/display.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace lab {
namespace {

TEST(Display, SaysDurationsInTwoUnits) {
  EXPECT_EQ(FormatDuration(0), "0 s");
  EXPECT_EQ(FormatDuration(0.424), "0.42 s");
  EXPECT_EQ(FormatDuration(12.3), "12 s");
  EXPECT_EQ(FormatDuration(59.7), "1 min 0 s");
  EXPECT_EQ(FormatDuration(192), "3 min 12 s");
  EXPECT_EQ(FormatDuration(7500), "2 h 05 min");
  EXPECT_EQ(FormatDuration(3 * 86400 + 4 * 3600), "3 d 4 h");
  EXPECT_EQ(FormatDuration(std::nan("")), "unknown");
}

TEST(Display, SaysSizesByPowersOfTwoToo) {
  EXPECT_EQ(FormatBinaryBytes(0), "0 B");
  EXPECT_EQ(FormatBinaryBytes(999), "999 B");
  EXPECT_EQ(FormatBinaryBytes(1000), "0.98 KiB");
  EXPECT_EQ(FormatBinaryBytes(1 << 20), "1.00 MiB");
  EXPECT_EQ(FormatBinaryBytes(int64_t{3} << 40), "3.00 TiB");
}

TEST(Display, SaysCountsWithUnits) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(812), "812");
  EXPECT_EQ(FormatCount(1200000), "1.2 M");
  EXPECT_EQ(FormatCount(999999), "1.0 M");
  EXPECT_EQ(FormatCount(12345), "12.3 k");
  EXPECT_EQ(FormatGrouped(1234567), "1,234,567");
  EXPECT_EQ(FormatGrouped(-1234), "-1,234");
  EXPECT_EQ(FormatGrouped(999), "999");
}

TEST(Display, SaysEstimatesToTheDigitsOfTheirError) {
  EXPECT_EQ(FormatEstimate(1.30213, 0.0123, true), "1.302 \u00b1 0.012");
  EXPECT_EQ(FormatEstimate(1.30213, 0.0123, false), "1.302 +/- 0.012");
  EXPECT_EQ(FormatEstimate(123456.7, 2300, true), "123457 \u00b1 2300");
  EXPECT_EQ(FormatEstimate(2, 0, true), "2 \u00b1 0");
  EXPECT_EQ(FormatEstimate(2, std::nullopt, true), "2 \u00b1 undefined");
}

TEST(Display, SaysWhoIsNotInAStatistic) {
  v1::Tally tally;
  tally.set_members(5);
  tally.set_counted(4);
  tally.set_diverged(1);
  EXPECT_EQ(TallyText(tally), "4 of 5, 1 diverged");
  tally.set_running(2);
  EXPECT_EQ(TallyText(tally), "4 of 5, 1 diverged, 2 running");
  EXPECT_EQ(StepTallyText(5, 5, 0), "5 of 5");
  EXPECT_EQ(StepTallyText(5, 3, 1), "3 of 5, 1 diverged, 1 without a point");
}

TEST(Display, KeepsNumbersHonest) {
  EXPECT_EQ(FormatNumber(2.34512), "2.3451");
  EXPECT_EQ(FormatNumber(1e-5), "1e-05");
  EXPECT_EQ(FormatNumber(600), "600");
  EXPECT_EQ(FormatNumber(std::nan("")), "NaN");
  EXPECT_EQ(FormatNumber(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(FormatPercent(0.999), "99 %");
  EXPECT_EQ(FormatPercent(0.001), "1 %");
  EXPECT_EQ(FormatPercent(0), "0 %");
  EXPECT_EQ(FormatPercent(1), "100 %");
}

TEST(Display, WritesTimesAsRfc3339) {
  google::protobuf::Timestamp time;
  EXPECT_EQ(FormatTime(time), "");
  time.set_seconds(1767323045);
  time.set_nanos(678900000);
  EXPECT_EQ(FormatTime(time), "2026-01-02T03:04:05.678Z");
}

TEST(Display, EveryStateHasAWordAndBack) {
  for (int value = v1::Job::QUEUED; value <= v1::Job::CANCELLED; ++value) {
    auto state = static_cast<v1::Job::State>(value);
    EXPECT_NE(StateWord(state), "unknown");
    EXPECT_EQ(StateOfWord(StateWord(state)), state);
  }
  EXPECT_EQ(StateOfWord("asleep"), v1::Job::STATE_UNSPECIFIED);
}

}  // namespace
}  // namespace lab
