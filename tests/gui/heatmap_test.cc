#include "gui/charts/heatmap.h"

#include <gmock/gmock.h>

#include <QPainter>
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <limits>
#include <random>

#include "gui/style/tokens.h"
#include "gui/widgets/two_maps.h"

namespace lab::gui {
namespace {

using Cell = Heatmap::Cell;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(HeatLevels, KeepTheStrongestOfEveryBlock) {
  std::mt19937_64 random(5);
  for (auto [rows, columns] : {std::pair{1, 1}, {7, 3}, {64, 100}, {129, 257}}) {
    std::vector<float> values(static_cast<size_t>(rows * columns));
    for (float& value : values) {
      value = random() % 20 == 0 ? kNan : static_cast<float>(random() % 2001) / 1000 - 1;
    }
    const HeatLevels levels(rows, columns, values);
    for (int i = 1; i < levels.count(); ++i) {
      const HeatLevels::Level& level = levels.level(i);
      const int side = 1 << i;
      for (int row = 0; row < level.rows; ++row) {
        for (int column = 0; column < level.columns; ++column) {
          float strongest = kNan;
          for (int y = row * side; y < std::min(rows, (row + 1) * side); ++y) {
            for (int x = column * side; x < std::min(columns, (column + 1) * side); ++x) {
              const float value = values[static_cast<size_t>(y * columns + x)];
              if (std::isnan(value)) continue;
              if (std::isnan(strongest) || std::abs(value) > std::abs(strongest)) {
                strongest = value;
              }
            }
          }
          if (std::isnan(strongest)) {
            EXPECT_TRUE(std::isnan(level.at(row, column)));
          } else {
            EXPECT_EQ(std::abs(level.at(row, column)), std::abs(strongest));
          }
        }
      }
    }
    EXPECT_EQ(levels.level(levels.count() - 1).rows, 1);
  }
}

TEST(HeatLevels, ChooseCellsNotWiderThanAPixel) {
  const HeatLevels levels(1024, 1024, std::vector<float>(1024 * 1024, 0.5F));
  EXPECT_EQ(levels.levelFor(0.1), 0);
  EXPECT_EQ(levels.levelFor(1), 0);
  EXPECT_EQ(levels.levelFor(3.9), 1);
  EXPECT_EQ(levels.levelFor(4), 2);
  EXPECT_EQ(levels.levelFor(1e9), levels.count() - 1);
}

TEST(HeatLevels, TellInfinityFromANumber) {
  const HeatLevels levels(1, 3, {1, std::numeric_limits<float>::infinity(), -2});
  EXPECT_TRUE(levels.has_gaps());
  EXPECT_EQ(levels.high(), 1);
  EXPECT_EQ(levels.low(), -2);
  const HeatLevels nothing(1, 1, {kNan});
  EXPECT_EQ(nothing.low(), 0);
  EXPECT_EQ(nothing.high(), 0);
}

TEST(ColorMap, RunsFromTheCardToTheAccent) {
  const Tokens& tokens = lightTokens();
  const ColorMap even(ColorMap::Kind::kEven, 0, 2, tokens);
  EXPECT_EQ(even.colorOf(0), tokens.card.rgb());
  EXPECT_EQ(even.colorOf(2), tokens.accent.rgb());
  EXPECT_EQ(even.colorOf(99), tokens.accent.rgb());
  EXPECT_EQ(even.colorOf(kNan), tokens.faint.rgb());
  const ColorMap root(ColorMap::Kind::kSquareRoot, 0, 1, tokens);
  EXPECT_EQ(root.colorOf(0.25F), even.colorOf(1));  // the root of a quarter is a half
  EXPECT_EQ(root.scaleText(), QStringLiteral("square-root scale"));
  EXPECT_TRUE(even.scaleText().isEmpty());
}

TEST(ColorMap, IsTheCardAtZeroWhereItHasTwoSides) {
  const Tokens& tokens = darkTokens();
  const ColorMap map(ColorMap::Kind::kAroundZero, -0.2, 1, tokens);
  EXPECT_EQ(map.colorOf(0), tokens.card.rgb());
  EXPECT_EQ(map.colorOf(1), tokens.accent.rgb());
  EXPECT_EQ(map.colorOf(-1), tokens.bad.rgb());
}

class HeatmapTest : public testing::Test {
 protected:
  HeatmapTest() {
    map_.resize(400, 440);
    std::vector<float> values(100 * 100, 0.0F);
    values[42 * 100 + 17] = 1;
    map_.setValues(100, 100, values);
    map_.show();
    QCoreApplication::processEvents();
  }

  // The place of a cell's middle, by asking for it.
  QPoint placeOf(Cell cell) {
    for (int y = 0; y < map_.height(); ++y) {
      for (int x = 0; x < map_.width(); ++x) {
        if (map_.cellAt(QPointF(x, y)) == cell) return {x + 1, y + 1};
      }
    }
    ADD_FAILURE() << "cell " << cell.row << ", " << cell.column << " is not in sight";
    return {};
  }

  Heatmap map_;
};

TEST_F(HeatmapTest, ShowsOneStrongCell) {
  const QPoint place = placeOf({42, 17});
  const QImage image = map_.grab().toImage();
  EXPECT_EQ(image.pixel(place), tokensOf(&map_).accent.rgb());
  EXPECT_EQ(image.pixel(placeOf({50, 50})), tokensOf(&map_).card.rgb());
}

TEST_F(HeatmapTest, ShowsItWhenThousandsShareAPixel) {
  std::vector<float> values(2048 * 2048, 0.0F);
  values[1500 * 2048 + 700] = 1;
  map_.setValues(2048, 2048, values);
  const QImage image = map_.grab().toImage();
  int accents = 0;
  for (int y = 0; y < 340; ++y) {
    for (int x = 60; x < image.width() - 20; ++x) {
      accents += image.pixel(x, y) == tokensOf(&map_).accent.rgb();
    }
  }
  EXPECT_GE(accents, 1);
}

TEST_F(HeatmapTest, SelectsByClickAndKeys) {
  QSignalSpy changed(&map_, &Heatmap::selectionChanged);
  QTest::mouseClick(&map_, Qt::LeftButton, {}, placeOf({10, 20}));
  EXPECT_EQ(map_.selected(), (Cell{10, 20}));
  QTest::keyClick(&map_, Qt::Key_Right);
  QTest::keyClick(&map_, Qt::Key_Up);
  EXPECT_EQ(map_.selected(), (Cell{9, 21}));
  EXPECT_EQ(changed.size(), 3);
  QTest::keyClick(&map_, Qt::Key_Escape);
  EXPECT_FALSE(map_.selected().has_value());
}

TEST_F(HeatmapTest, ZoomsAndPansWithinTheTable) {
  QTest::keyClick(&map_, Qt::Key_Plus);
  EXPECT_LT(map_.cells().width(), 80);
  map_.setCells(QRectF(-50, 90, 30, 30));
  EXPECT_GE(map_.cells().left(), 0);
  EXPECT_LE(map_.cells().bottom(), 100);
  map_.select(Cell{95, 3});
  QTest::keyClick(&map_, Qt::Key_Home);
  EXPECT_EQ(map_.cells(), QRectF(0, 0, 100, 100));
}

TEST_F(HeatmapTest, MovesAsAnotherDoes) {
  Heatmap other;
  other.resize(map_.size());
  other.setValues(100, 100, std::vector<float>(100 * 100, 0.5F));
  QSignalSpy moved(&map_, &Heatmap::moved), answered(&other, &Heatmap::moved);
  QObject::connect(&map_, &Heatmap::moved, &other, [&] { other.moveLike(map_); });
  QTest::keyClick(&map_, Qt::Key_Plus);
  EXPECT_EQ(moved.size(), 1);
  EXPECT_EQ(answered.size(), 0);
  EXPECT_EQ(other.cells(), map_.cells());
  QTest::keyClick(&map_, Qt::Key_Home);
  EXPECT_EQ(other.cells(), QRectF(0, 0, 100, 100));
}

TEST_F(HeatmapTest, BearsAnEmptyTable) {
  map_.setValues(0, 0, {});
  map_.grab();
  QTest::keyClick(&map_, Qt::Key_Plus);
  QTest::keyClick(&map_, Qt::Key_Right);
  EXPECT_FALSE(map_.cellAt(QPointF(100, 100)).has_value());
}

TEST_F(HeatmapTest, WritesWhatIsInSight) {
  map_.setValues(2, 2, {0.5F, kNan, -1, 0.25F});
  EXPECT_EQ(map_.csv(), "row,column,value\n0,0,0.5\n0,1,NaN\n1,0,-1\n1,1,0.25\n");
}

TEST(TwoMapsTest, SquareMapsStandWhereTheyAreLarger) {
  TwoMaps maps;
  maps.setTitles(QStringLiteral("1"), QStringLiteral("2"));
  maps.resize(900, 300);
  maps.setVisible(true);
  auto below = [&] {
    return maps.second()->mapTo(&maps, QPoint()).y() > maps.first()->mapTo(&maps, QPoint()).y();
  };
  EXPECT_TRUE(QTest::qWaitFor([&] { return !below() && maps.width() > maps.height(); }));
  maps.resize(300, 900);
  EXPECT_TRUE(QTest::qWaitFor(below));
}

}  // namespace
}  // namespace lab::gui
