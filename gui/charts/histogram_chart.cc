#include "gui/charts/histogram_chart.h"

#include <QAreaSeries>
#include <QChart>
#include <QLineSeries>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr int kMostBins = 60;
constexpr double kLeastShare = 1e-9;  // of the values' size, below which they are the same

}  // namespace

Histogram histogramOf(std::vector<double> values, int most_bins) {
  Histogram histogram;
  const size_t all = values.size();
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  histogram.gaps = all - values.size();
  if (values.empty()) return histogram;
  std::sort(values.begin(), values.end());
  const double low = values.front(), span = values.back() - low;
  const double size = std::max(std::abs(values.front()), std::abs(values.back()));
  if (!(span > size * kLeastShare)) {
    histogram.width = size > 0 ? size * 0.1 : 1;
    histogram.low = low - histogram.width / 2;
    histogram.counts = {values.size()};
    return histogram;
  }
  const auto count = static_cast<double>(values.size());
  const double middle = values[values.size() * 3 / 4] - values[values.size() / 4];
  const double wanted = 2 * middle / std::cbrt(count);
  const double bins = wanted > 0 ? std::ceil(span / wanted) : most_bins;
  histogram.counts.resize(static_cast<size_t>(std::clamp<double>(bins, 1, most_bins)));
  histogram.low = low;
  histogram.width = span / static_cast<double>(histogram.counts.size());
  for (double value : values) {
    const auto bin = static_cast<size_t>((value - low) / histogram.width);
    ++histogram.counts[std::min(bin, histogram.counts.size() - 1)];
  }
  return histogram;
}

HistogramChart::HistogramChart(const QString& title, QWidget* parent) : StaticChart(title, parent) {
  redraw();
}

void HistogramChart::setX(const QString& name, const QString& unit) {
  name_ = name;
  unit_ = unit;
  redraw();
}

void HistogramChart::setValues(std::vector<double> values) {
  histogram_ = histogramOf(std::move(values), kMostBins);
  redraw();
}

void HistogramChart::redraw() {
  chart()->removeAllSeries();
  size_t most = 1;
  for (size_t count : histogram_.counts) most = std::max(most, count);
  const auto bins = static_cast<double>(std::max<size_t>(1, histogram_.counts.size()));
  setAxis(Qt::Horizontal, name_, unit_, {histogram_.low, histogram_.low + bins * histogram_.width},
          false);
  setAxis(Qt::Vertical, tr("count"), {}, {0, static_cast<double>(most) * 1.05}, false);
  setNote(histogram_.gaps > 0 ? tr("%1 not finite").arg(histogram_.gaps) : QString());
  if (histogram_.counts.empty()) return;
  const Tokens& tokens = tokensOf(this);
  auto* tops = new QLineSeries;
  for (size_t i = 0; i < histogram_.counts.size(); ++i) {
    const double left = histogram_.low + static_cast<double>(i) * histogram_.width;
    const auto count = static_cast<double>(histogram_.counts[i]);
    tops->append(left, count);
    tops->append(left + histogram_.width, count);
  }
  auto* area = new QAreaSeries(tops);
  tops->setParent(area);
  area->setPen(QPen(tokens.accent, 1));
  area->setBrush(faded(tokens.accent, 0.35));
  chart()->addSeries(area);
  attach(area);
}

}  // namespace lab::gui
