#include "gui/charts/word_chart.h"

#include <QChart>
#include <QCursor>
#include <QLineSeries>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "gui/models/words.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kLine = 2, kDot = 5;
constexpr int kMostWords = 14;  // named; more would run into each other

}  // namespace

WordChart::WordChart(const QString& title, QWidget* parent) : StaticChart(title, parent) {
  redraw();
}

void WordChart::setX(const QString& name, const QStringList& words) {
  x_name_ = name;
  words_ = words;
  redraw();
}

void WordChart::setY(const QString& name, const QString& unit) {
  y_name_ = name;
  y_unit_ = unit;
  redraw();
}

void WordChart::setCurves(std::vector<WordCurve> curves) {
  curves_ = std::move(curves);
  redraw();
}

void WordChart::redraw() {
  chart()->removeAllSeries();
  double low = 0, high = 0;
  for (const WordCurve& curve : curves_) {
    for (double value : curve.values) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (high <= low) high = low + 1;
  QStringList named = words_;
  const auto stride = (words_.size() + kMostWords - 1) / kMostWords;
  for (qsizetype i = 0; i < named.size(); ++i) {
    if (stride > 1 && i % stride != 0) named[i] = QStringLiteral(" ");
  }
  setWords(Qt::Horizontal, x_name_, named);
  setAxis(Qt::Vertical, y_name_, y_unit_, settledLinear({low, high}, nullptr), false);
  for (const WordCurve& curve : curves_) {
    auto* line = new QLineSeries;
    line->setPen(QPen(curve.color, kLine));
    line->setPointsVisible(true);
    line->setMarkerSize(kDot);
    for (size_t i = 0; i < curve.values.size(); ++i) {
      if (std::isfinite(curve.values[i])) line->append(static_cast<double>(i), curve.values[i]);
    }
    chart()->addSeries(line);
    attach(line);
    connect(line, &QXYSeries::hovered, this,
            [this, label = curve.label](const QPointF& place, bool entered) {
              const auto at = static_cast<qsizetype>(std::lround(place.x()));
              if (!entered || at < 0 || at >= words_.size()) return QToolTip::hideText();
              const QString text =
                  QStringLiteral("%1, %2: %3").arg(label, words_[at], number(place.y()));
              QToolTip::showText(QCursor::pos(), text.toHtmlEscaped());
            });
  }
}

}  // namespace lab::gui
