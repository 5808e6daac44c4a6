#include <gtest/gtest.h>

#include "core/data/batch_order.h"
#include "core/train/cadence.h"

namespace lab {
namespace {

TEST(Cadence, IsDueAtTheStartEveryIntervalAndTheEnd) {
  std::vector<int64_t> due;
  for (int64_t step = 0; step <= 10; ++step) {
    if (Due(step, 4, 10)) due.push_back(step);
  }
  EXPECT_EQ(due, (std::vector<int64_t>{0, 4, 8, 10}));
}

TEST(Cadence, ZeroMeansNever) {
  for (int64_t step = 0; step <= 10; ++step) EXPECT_FALSE(Due(step, 0, 10));
  EXPECT_EQ(Interval({0}, 600, 20), 0);
}

TEST(Cadence, AutoMakesAboutSoManyPoints) {
  EXPECT_EQ(Interval({}, 600, 20), 30);
  EXPECT_EQ(Interval({}, 3, 20), 1);
  EXPECT_EQ(Interval({25}, 600, 20), 25);
}

}  // namespace
}  // namespace lab
