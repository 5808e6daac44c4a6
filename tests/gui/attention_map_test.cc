#include "gui/models/attention_map.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gui/charts/color_map.h"
#include "gui/models/head_order.h"
#include "gui/models/token_rows.h"
#include "gui/style/tokens.h"
#include "tests/client/fake_inspect.h"

#include <QAbstractItemModelTester>

namespace lab::gui {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Three tokens.
AttentionMap small() { return {3, 3, {1, 0, 0, 0.5F, 0.5F, 0, 0.2F, 0.2F, 0.6F}}; }

std::vector<int64_t> textOf(int length) {
  std::vector<int64_t> tokens;
  for (int i = 0; i < length; ++i) tokens.push_back('a' + i * i % 7);
  return tokens;
}

AttentionMap fake(int length, int head) {
  return {length, length, testing::FakePattern(textOf(length), 1, head, 300)};
}

TEST(ShownMap, IsThePatternItself) {
  EXPECT_EQ(shownMap(small(), Sink::kShow).values, small().values);
}

TEST(ShownMap, LeavesTheFirstKeyOut) {
  const AttentionMap map = shownMap(small(), Sink::kHide);
  for (int query = 0; query < 3; ++query) EXPECT_TRUE(std::isnan(map.at(query, 0)));
  EXPECT_THAT(map.at(2, 1), FloatEq(0.2F));
  EXPECT_NEAR(rowSums(map)[0], 0, 1e-6);
  EXPECT_NEAR(rowSums(map)[1], 0.5, 1e-6);
}

TEST(ShownMap, SharesOutWhatTheFirstKeyLeaves) {
  const AttentionMap map = shownMap(small(), Sink::kRenormalise);
  EXPECT_THAT(map.at(2, 1), FloatEq(0.25F));
  EXPECT_THAT(map.at(2, 2), FloatEq(0.75F));
  EXPECT_EQ(map.at(0, 1), 0);  // there is nothing to share out
}

TEST(ShownMap, HasRowsThatSumToOneAndAMaskedHalf) {
  for (int head = 0; head < 4; ++head) {
    const AttentionMap whole = fake(40, head);
    for (double sum : rowSums(whole)) EXPECT_NEAR(sum, 1, 1e-5);
    const AttentionMap map = shownMap(whole, Sink::kRenormalise);
    const std::vector<double> sums = rowSums(map);
    EXPECT_EQ(sums[0], 0);
    for (int query = 1; query < 40; ++query) {
      EXPECT_NEAR(sums[static_cast<size_t>(query)], 1, 1e-4);
      for (int key = query + 1; key < 40; ++key) EXPECT_EQ(map.at(query, key), 0);
    }
  }
}

TEST(AttentionSums, AreOfRowsAndColumns) {
  EXPECT_THAT(rowSums(small()), Each(::testing::DoubleNear(1, 1e-6)));
  const std::vector<double> sums = columnSums(small());
  EXPECT_NEAR(sums[0], 1.7, 1e-6);
  EXPECT_NEAR(sums[1], 0.7, 1e-6);
  EXPECT_NEAR(sums[2], 0.6, 1e-6);
}

TEST(AttentionAverage, IsOfEachCell) {
  auto all = [](float value) {
    return std::make_shared<const AttentionMap>(AttentionMap{1, 2, {value, 1 - value}});
  };
  EXPECT_THAT(averageOf({all(0.25F), all(0.5F), all(0.75F)}).values,
              ElementsAre(FloatEq(0.5F), FloatEq(0.5F)));
}

TEST(AttentionDifference, IsMeasuredWhereAQuerySees) {
  AttentionMap other = small();
  other.row(2)[0] = 0.5F;
  other.row(2)[2] = 0.3F;
  const AttentionMap difference = differenceOf(small(), other);
  EXPECT_THAT(difference.at(2, 0), FloatEq(-0.3F));
  EXPECT_EQ(difference.at(1, 1), 0);
  const MapDifference size = sizeOfDifference(small(), other);
  EXPECT_NEAR(size.most, 0.3, 1e-6);
  EXPECT_NEAR(size.mean, 0.6 / 6, 1e-6);  // six cells are seen
}

TEST(HeadThumb, IsThePatternWhereThatIsSmall) {
  const AttentionMap map = fake(20, 0);
  const HeadThumb thumb = thumbOf(map.values.data(), 20, 20);
  EXPECT_EQ(thumb.stride, 1);
  EXPECT_EQ(shownThumb(thumb, Sink::kShow).values, map.values);
  const AttentionMap shared = shownThumb(thumb, Sink::kRenormalise);
  const AttentionMap expected = shownMap(map, Sink::kRenormalise);
  for (int query = 0; query < 20; ++query) {
    for (int key = 1; key < 20; ++key) {
      EXPECT_THAT(shared.at(query, key), FloatEq(expected.at(query, key)));
    }
  }
}

TEST(HeadThumb, KeepsTheStrongestOfItsKeysFromSomeOfTheQueries) {
  constexpr int kLength = 1000;
  const AttentionMap map = fake(kLength, 0);
  const HeadThumb thumb = thumbOf(map.values.data(), kLength, kLength);
  EXPECT_EQ(thumb.stride, 8);
  EXPECT_LE(thumb.rows, kThumbSide);
  const std::vector<int64_t> queries = thumbQueries(kLength);
  ASSERT_EQ(queries.size(), static_cast<size_t>(thumb.rows));
  // The same from these queries alone.
  std::vector<float> rows;
  for (int64_t query : queries) {
    const float* row = map.row(static_cast<int>(query));
    rows.insert(rows.end(), row, row + kLength);
  }
  EXPECT_EQ(thumbOf(rows.data(), thumb.rows, kLength).values, thumb.values);
  // The token before is seen from each.
  const AttentionMap shown = shownThumb(thumb, Sink::kShow);
  for (int i = 1; i < thumb.rows; ++i) EXPECT_GT(shown.at(i, (i * 8 - 1) / 8), 0.5F);
}

TEST(ColorMap, GoesByDecadesWhereItIsLogarithmic) {
  const Tokens& tokens = lightTokens();
  const ColorMap map(ColorMap::Kind::kLogarithm, 0, 1, tokens);
  EXPECT_EQ(map.colorOf(1), tokens.accent.rgb());
  EXPECT_EQ(map.colorOf(0), tokens.card.rgb());
  EXPECT_EQ(map.colorOf(1e-4F), tokens.card.rgb());
  const ColorMap even(ColorMap::Kind::kEven, 0, 4, tokens);
  EXPECT_EQ(map.colorOf(1e-3F), even.colorOf(1));
  EXPECT_NEAR(map.valueAt(0.5), 1e-2, 1e-9);
}

class HeadOrder : public ::testing::Test {
 protected:
  HeadScore induction_{QStringLiteral("induction"), {}, 2, {0.1, 0.5, NAN, 0.9}};
  HeadScore repeated_{QStringLiteral("repeated induction"), {}, 2, {0.9, 0.1, 0.2, 0.3}};
  HeadScore entropy_{QStringLiteral("entropy"), QStringLiteral("nats"), 2, {1.234, 2, 3, 4}};

  absl::StatusOr<std::vector<HeadId>> find(const char* text) {
    return foundHeads(allHeads(2, 2), QString::fromLatin1(text), {induction_, repeated_, entropy_});
  }
};

TEST_F(HeadOrder, PutsTheGreatestFirstAndTheUnknownLast) {
  EXPECT_THAT(sortedHeads(allHeads(2, 2), induction_),
              ElementsAre(HeadId{1, 1}, HeadId{0, 1}, HeadId{0, 0}, HeadId{1, 0}));
}

TEST_F(HeadOrder, FindsByScoreAndPlace) {
  EXPECT_THAT(*find(""), ::testing::SizeIs(4));
  EXPECT_THAT(*find("induction > 0.4"), ElementsAre(HeadId{0, 1}, HeadId{1, 1}));
  EXPECT_THAT(*find("induction > 0.4, layer 1"), ElementsAre(HeadId{1, 1}));
  EXPECT_THAT(*find("rep >= 0.3, head 0"), ElementsAre(HeadId{0, 0}));
  EXPECT_THAT(*find("1.0"), ElementsAre(HeadId{1, 0}));
  EXPECT_THAT(*find("entropy < 1"), IsEmpty());
}

TEST_F(HeadOrder, SaysWhatItDoesNotUnderstand) {
  EXPECT_THAT(std::string(find("sink > 1").status().message()), HasSubstr("there is no score"));
  EXPECT_THAT(std::string(find("what").status().message()), HasSubstr("not understood"));
}

TEST_F(HeadOrder, ShowsAScoreWithItsUnit) {
  EXPECT_EQ(scoreText(entropy_, {0, 0}), QStringLiteral("1.23 nats"));
  EXPECT_EQ(scoreText(induction_, {1, 0}), QStringLiteral("–"));
}

TEST(TokenRows, ShowARowBesideItsTokens) {
  TokenRows rows;
  QAbstractItemModelTester tester(&rows);
  const auto map = std::make_shared<const AttentionMap>(shownMap(small(), Sink::kHide));
  rows.show(map, {QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}, rowSums(*map),
            columnSums(*map));
  EXPECT_TRUE(std::isnan(rows.rowSum()));
  rows.setQuery(1);
  EXPECT_NEAR(rows.rowSum(), 0.5, 1e-6);
  auto text = [&](int row, int column) {
    return rows.data(rows.index(row, column), Qt::DisplayRole).toString();
  };
  EXPECT_EQ(text(0, TokenRows::kGiven), QStringLiteral("–"));  // left out
  EXPECT_EQ(text(1, TokenRows::kGiven), QStringLiteral("0.500"));
  EXPECT_EQ(text(2, TokenRows::kGiven), QStringLiteral("–"));  // after the query
  EXPECT_EQ(text(1, TokenRows::kReceived), QStringLiteral("0.700"));
  rows.show(nullptr, {}, {}, {});
  EXPECT_EQ(rows.rowCount(), 0);
}

}  // namespace
}  // namespace lab::gui
