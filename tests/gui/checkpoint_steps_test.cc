#include "gui/models/checkpoint_steps.h"

#include <gmock/gmock.h>

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

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
