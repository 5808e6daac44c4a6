// Histogram and scatter.

#include <gmock/gmock.h>

#include <QSignalSpy>
#include <cmath>
#include <numeric>
#include <random>

#include "gui/charts/histogram_chart.h"
#include "gui/charts/scatter_chart.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

TEST(Histogram, CountsEveryFiniteValueOnce) {
  std::mt19937_64 random(2);
  std::vector<double> values;
  for (int i = 0; i < 5000; ++i) values.push_back(static_cast<double>(random() % 1000) / 10);
  values.push_back(std::nan(""));
  values.push_back(-INFINITY);
  const Histogram histogram = histogramOf(values, 60);
  EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), size_t{0}), 5000U);
  EXPECT_EQ(histogram.gaps, 2U);
  EXPECT_GT(histogram.counts.size(), 5U);
  EXPECT_LE(histogram.counts.size(), 60U);
}

TEST(Histogram, HasOneBinForAConstantAndNoneForNothing) {
  EXPECT_EQ(histogramOf({3, 3, 3}, 60).counts, std::vector<size_t>{3});
  EXPECT_EQ(histogramOf({0}, 60).counts, std::vector<size_t>{1});
  EXPECT_TRUE(histogramOf({}, 60).counts.empty());
  EXPECT_TRUE(histogramOf({std::nan("")}, 60).counts.empty());
}

TEST(Histogram, KeepsWithinItsBinsWhateverTheSpread) {
  std::vector<double> values(100, 1.0);
  values.push_back(1e9);
  EXPECT_LE(histogramOf(values, 60).counts.size(), 60U);
}

TEST(HistogramChart, DrawsInTheThemesColour) {
  HistogramChart chart(QStringLiteral("Norms"));
  chart.resize(300, 200);
  chart.setX(QStringLiteral("norm"), {});
  chart.setValues({1, 1, 1, 2, 3, 3, 4, 5, 6, 7});
  chart.show();
  QCoreApplication::processEvents();
  const QImage image = chart.grab().toImage();
  const QColor wanted = mixed(tokensOf(&chart).card, tokensOf(&chart).accent, 0.35);
  int found = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      found +=
          std::abs(pixel.red() - wanted.red()) < 8 && std::abs(pixel.blue() - wanted.blue()) < 8;
    }
  }
  EXPECT_GT(found, 500);
}

TEST(ScatterChart, LeavesOutWhatItsAxesCannotShow) {
  ScatterChart chart(QStringLiteral("Sweep"));
  chart.setPoints({{1e-3, 2.1, {}, {}}, {0, 2.2, {}, {}}, {1e-2, std::nan(""), {}, {}}});
  EXPECT_EQ(chart.shown(), 2U);
  chart.setX(QStringLiteral("optim.learning_rate"), {}, true);
  EXPECT_EQ(chart.shown(), 1U);
  chart.setPoints({});
  chart.grab();
  EXPECT_EQ(chart.shown(), 0U);
}

}  // namespace
}  // namespace lab::gui
