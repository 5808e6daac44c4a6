#include "gui/models/row_diff.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace lab::gui {
namespace {

using Keys = std::vector<int64_t>;
using ::testing::ElementsAreArray;
using Kind = RowStep::Kind;

// What the steps make of `rows`; inserted keys come from `want`, at the place where they end up.
Keys applied(Keys rows, const Keys& want, const std::vector<RowStep>& steps) {
  for (const RowStep& step : steps) {
    const auto at = rows.begin() + static_cast<ptrdiff_t>(step.row);
    const auto count = static_cast<ptrdiff_t>(step.count);
    if (step.kind == Kind::kRemove) {
      rows.erase(at, at + count);
    } else if (step.kind == Kind::kInsert) {
      rows.insert(at, want.begin() + static_cast<ptrdiff_t>(step.row),
                  want.begin() + static_cast<ptrdiff_t>(step.row) + count);
    } else {
      const int64_t key = *at;
      rows.erase(at);
      rows.insert(rows.begin() + static_cast<ptrdiff_t>(step.to), key);
    }
  }
  return rows;
}

TEST(RowSteps, AreNoneForTheSameRows) { EXPECT_TRUE(rowSteps({1, 2, 3}, {1, 2, 3}).empty()); }

TEST(RowSteps, MoveOneRowForOneThatMoved) {
  const auto up = rowSteps({1, 2, 3, 4}, {4, 1, 2, 3});
  ASSERT_EQ(up.size(), 1u);
  EXPECT_EQ(up[0].kind, Kind::kMove);
  EXPECT_EQ(up[0].row, 3u);
  EXPECT_EQ(up[0].to, 0u);
  // A job that ended leaves the top for the middle: the others stay where they are.
  const auto down = rowSteps({1, 2, 3, 4, 5, 6}, {2, 3, 4, 1, 5, 6});
  for (const RowStep& step : down) EXPECT_EQ(step.kind, Kind::kMove);
  EXPECT_LE(down.size(), 2u);
}

TEST(RowSteps, TakeStretchesAtOnce) {
  const auto steps = rowSteps({1, 2, 3, 4, 5}, {1, 5, 7, 8, 9});
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].kind, Kind::kRemove);
  EXPECT_EQ(steps[0].count, 3u);
  EXPECT_EQ(steps[1].kind, Kind::kInsert);
  EXPECT_EQ(steps[1].count, 3u);
}

TEST(RowSteps, LeadFromAnyRowsToAnyOthers) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    Keys all(random() % 14);
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i) + 1;
    auto some = [&] {
      Keys keys = all;
      std::shuffle(keys.begin(), keys.end(), random);
      keys.resize(all.empty() ? 0 : random() % (all.size() + 1));
      return keys;
    };
    const Keys have = some(), want = some();
    EXPECT_THAT(applied(have, want, rowSteps(have, want)), ElementsAreArray(want));
  }
}

}  // namespace
}  // namespace lab::gui
