#include "core/data/batch_order.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/philox.h"

namespace lab {
namespace {

std::vector<int64_t> Epoch(uint64_t seed, int64_t windows, int64_t epoch) {
  BatchOrder order(seed, windows);
  std::vector<int64_t> result;
  for (int64_t i = 0; i < windows; ++i) result.push_back(order.WindowAt(epoch * windows + i));
  return result;
}

TEST(Philox, GivesTheKnownAnswers) {
  constexpr uint32_t f = 0xFFFFFFFFu;
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32({f, f, f, f}, {f, f}),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(BatchOrder, ShowsEveryWindowOncePerEpoch) {
  for (int64_t windows : {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1000, 4097}) {
    for (int64_t epoch : {0, 1, 7}) {
      std::vector<int64_t> seen = Epoch(42, windows, epoch);
      std::sort(seen.begin(), seen.end());
      std::vector<int64_t> all(windows);
      std::iota(all.begin(), all.end(), 0);
      EXPECT_EQ(seen, all) << windows << " windows, epoch " << epoch;
    }
  }
}

TEST(BatchOrder, DiffersBySeedAndEpochAndNotOtherwise) {
  EXPECT_EQ(Epoch(1, 500, 3), Epoch(1, 500, 3));
  EXPECT_NE(Epoch(1, 500, 0), Epoch(1, 500, 1));
  EXPECT_NE(Epoch(1, 500, 0), Epoch(2, 500, 0));
  EXPECT_NE(Epoch(1, 500, 0), Epoch(1 + (uint64_t{1} << 32), 500, 0));
}

TEST(BatchOrder, AnyPositionIsKnownWithoutTheOnesBefore) {
  BatchOrder order(9, 100);
  std::vector<int64_t> first, again;
  for (int64_t p = 0; p < 350; ++p) first.push_back(order.WindowAt(p));
  for (int64_t p = 349; p >= 0; --p) again.push_back(order.WindowAt(p));
  std::reverse(again.begin(), again.end());
  EXPECT_EQ(first, again);
  int64_t far = BatchOrder(9, int64_t{1} << 40).WindowAt((int64_t{1} << 50) + 12345);
  EXPECT_GE(far, 0);
  EXPECT_LT(far, int64_t{1} << 40);
}

// The mean distance of neighbours and of each window from its place are those of a random order.
TEST(BatchOrder, LooksShuffled) {
  constexpr int64_t n = 10000;
  std::vector<int64_t> order = Epoch(5, n, 0);
  double neighbours = 0, places = 0, low_bits = 0;
  for (int64_t i = 0; i + 1 < n; ++i) {
    neighbours += static_cast<double>(std::abs(order[i + 1] - order[i])) / n;
    places += static_cast<double>(std::abs(order[i] - i)) / n;
    low_bits += (order[i] & 1) == (order[i + 1] & 1);
  }
  EXPECT_NEAR(neighbours / n, 1.0 / 3, 0.01);
  EXPECT_NEAR(places / n, 1.0 / 3, 0.01);
  EXPECT_NEAR(low_bits / n, 0.5, 0.02);
}

// docs/formats/random.md: resuming a run depends on these never changing.
TEST(BatchOrder, KeepsItsFormat) {
  EXPECT_THAT(Epoch(1, 10, 0), ::testing::ElementsAre(2, 0, 6, 1, 5, 8, 3, 4, 7, 9));
  EXPECT_THAT(Epoch(123456789012345, 7, 3), ::testing::ElementsAre(4, 3, 5, 6, 0, 1, 2));
  EXPECT_EQ(BatchOrder(1, 1'000'000).WindowAt(2'500'000), 576772);
}

TEST(WindowCount, NeedsOneTokenMoreThanTheContext) {
  EXPECT_EQ(WindowCount(0, 8), 0);
  EXPECT_EQ(WindowCount(8, 8), 0);
  EXPECT_EQ(WindowCount(9, 8), 1);
  EXPECT_EQ(WindowCount(16, 8), 1);
  EXPECT_EQ(WindowCount(17, 8), 2);
}

}  // namespace
}  // namespace lab
