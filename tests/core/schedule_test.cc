#include "core/optim/schedule.h"

#include <cmath>

#include <gtest/gtest.h>

namespace lab {
namespace {

ScheduleConfig Make(const char* shape, double warmup, double final = 0.1) {
  ScheduleConfig config;
  config.shape = shape;
  config.warmup = warmup;
  config.final = final;
  return config;
}

TEST(Schedule, WarmsUpByAFractionOrBySteps) {
  EXPECT_EQ(WarmupSteps(Make("cosine", 0.05), 600), 30);
  EXPECT_EQ(WarmupSteps(Make("cosine", 40), 600), 40);
  EXPECT_EQ(WarmupSteps(Make("cosine", 1), 600), 1);
  EXPECT_EQ(WarmupSteps(Make("cosine", 0), 600), 0);
  EXPECT_EQ(WarmupSteps(Make("cosine", 1e30), 600), 600);
  EXPECT_EQ(WarmupSteps(Make("cosine", 0.05), 3), 0);
}

TEST(Schedule, MovesAtTheFirstStepAndPeaksAfterWarmup) {
  for (const char* shape : {"cosine", "linear", "constant", "wsd"}) {
    const ScheduleConfig config = Make(shape, 10);
    EXPECT_DOUBLE_EQ(ScheduleFactor(config, 1, 100), 0.1) << shape;
    EXPECT_DOUBLE_EQ(ScheduleFactor(config, 5, 100), 0.5) << shape;
    EXPECT_DOUBLE_EQ(ScheduleFactor(config, 10, 100), 1) << shape;
    EXPECT_GT(ScheduleFactor(Make(shape, 0), 1, 1), 0) << shape;
  }
}

TEST(Schedule, FallsAsItsShapeSays) {
  EXPECT_NEAR(ScheduleFactor(Make("cosine", 10, 0.2), 55, 100), 0.6, 1e-12);
  EXPECT_NEAR(ScheduleFactor(Make("cosine", 0, 0), 25, 100), 0.5 * (1 + std::sqrt(0.5)), 1e-12);
  EXPECT_NEAR(ScheduleFactor(Make("linear", 10, 0.2), 55, 100), 0.6, 1e-12);
  EXPECT_NEAR(ScheduleFactor(Make("linear", 10, 0.2), 19, 100), 0.92, 1e-12);
  EXPECT_EQ(ScheduleFactor(Make("constant", 10), 99, 100), 1);
  ScheduleConfig wsd = Make("wsd", 10, 0);
  EXPECT_EQ(ScheduleFactor(wsd, 80, 100), 1);
  EXPECT_NEAR(ScheduleFactor(wsd, 90, 100), 0.5, 1e-12);
  wsd.decay = 1;  // the fall never starts before warmup has ended
  EXPECT_EQ(ScheduleFactor(wsd, 10, 100), 1);
  EXPECT_NEAR(ScheduleFactor(wsd, 55, 100), 0.5, 1e-12);
}

TEST(Schedule, EndsAtFinalAndStaysThere) {
  for (const char* shape : {"cosine", "linear", "wsd"}) {
    const ScheduleConfig config = Make(shape, 0.05, 0.1);
    EXPECT_NEAR(ScheduleFactor(config, 600, 600), 0.1, 1e-12) << shape;
    EXPECT_EQ(ScheduleFactor(config, 5000, 600), ScheduleFactor(config, 600, 600)) << shape;
    EXPECT_EQ(ScheduleFactor(config, 0, 600), ScheduleFactor(config, 1, 600)) << shape;
    for (int64_t step = 31; step <= 600; ++step) {
      EXPECT_LE(ScheduleFactor(config, step, 600), ScheduleFactor(config, step - 1, 600) + 1e-15);
    }
  }
}

TEST(Schedule, ScalesThePeak) {
  EXPECT_DOUBLE_EQ(LearningRate(3e-4, Make("constant", 0), 7, 10), 3e-4);
}

}  // namespace
}  // namespace lab
