#include "gui/charts/scatter_chart.h"

#include <QChart>
#include <QCursor>
#include <QGraphicsItem>
#include <QPainter>
#include <QScatterSeries>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <map>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kDot = 9, kRing = 16;
constexpr double kCap = 3;  // half the width of a bar's end

Bounds boundsOf(const std::vector<double>& values, bool log) {
  if (values.empty()) return log ? Bounds{0.1, 1} : Bounds{0, 1};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const Bounds bounds{*low, *high};
  if (!log) return settledLinear(bounds, nullptr);
  const Bounds settled = settledLog(bounds, nullptr);
  // Settings lie at powers of two or ten: room for the outermost dots.
  return {settled.low * 0.8, settled.high * 1.25};
}

}  // namespace

// The bars, which Qt's charts do not have: drawn over the plot in the chart's coordinates.
class ErrorBars : public QGraphicsItem {
 public:
  struct Bar {
    double x, low, high;  // places of the axes
    QColor color;
  };

  explicit ErrorBars(QChart* chart) : QGraphicsItem(chart), chart_(chart) {
    setZValue(chart->zValue() + 1);
    setAcceptedMouseButtons(Qt::NoButton);
  }
  void setBars(std::vector<Bar> bars) {
    prepareGeometryChange();
    bars_ = std::move(bars);
    update();
  }
  void plotChanged() { prepareGeometryChange(); }
  QRectF boundingRect() const override { return chart_->plotArea(); }
  void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override {
    if (chart_->series().isEmpty()) return;
    painter->setClipRect(chart_->plotArea());
    for (const Bar& bar : bars_) {
      const QPointF low = chart_->mapToPosition({bar.x, bar.low});
      const QPointF high = chart_->mapToPosition({bar.x, bar.high});
      painter->setPen(QPen(bar.color, 1.5));
      painter->drawLine(low, high);
      for (const QPointF& end : {low, high}) {
        painter->drawLine(end - QPointF(kCap, 0), end + QPointF(kCap, 0));
      }
    }
  }

 private:
  QChart* chart_;
  std::vector<Bar> bars_;
};

bool ScatterChart::Axis::shows(double value) const {
  return std::isfinite(value) && (!log || value > 0);
}

ScatterChart::ScatterChart(const QString& title, QWidget* parent)
    : StaticChart(title, parent), bars_(new ErrorBars(chart())) {
  connect(chart(), &QChart::plotAreaChanged, this, [this] { bars_->plotChanged(); });
  redraw();
}

void ScatterChart::setX(const QString& name, const QString& unit, bool log) {
  x_ = {name, unit, log};
  words_.clear();
  redraw();
}

void ScatterChart::setCategories(const QString& name, const QStringList& words) {
  x_ = {name, {}, false};
  words_ = words;
  redraw();
}

void ScatterChart::setY(const QString& name, const QString& unit, bool log) {
  y_ = {name, unit, log};
  redraw();
}

void ScatterChart::setPoints(std::vector<ScatterPoint> points) {
  points_ = std::move(points);
  marked_ = -1;
  redraw();
}

void ScatterChart::setMarked(int index) {
  if (index == marked_) return;
  marked_ = index;
  redraw();
}

int ScatterChart::nearest(const QPointF& place) const {
  auto share = [](double value, const Bounds& bounds, bool log) {
    const double low = placeOf(bounds.low, log);
    return (value - low) / (placeOf(bounds.high, log) - low);
  };
  int found = -1;
  double least = 0;
  for (size_t i = 0; i < points_.size(); ++i) {
    if (!x_.shows(points_[i].x) || !y_.shows(points_[i].y)) continue;
    const double across = share(placeOf(points_[i].x, x_.log), x_bounds_, x_.log) -
                          share(place.x(), x_bounds_, x_.log);
    const double up = share(placeOf(points_[i].y, y_.log), y_bounds_, y_.log) -
                      share(place.y(), y_bounds_, y_.log);
    const double distance = across * across + up * up;
    if (found >= 0 && distance >= least) continue;
    least = distance;
    found = static_cast<int>(i);
  }
  return found;
}

void ScatterChart::redraw() {
  chart()->removeAllSeries();
  std::vector<double> xs, ys;
  shown_ = 0;
  for (const ScatterPoint& point : points_) {
    if (!x_.shows(point.x) || !y_.shows(point.y)) continue;
    ++shown_;
    xs.push_back(point.x);
    ys.push_back(point.y);
    for (double end : {point.y - point.error.value_or(0), point.y + point.error.value_or(0)}) {
      if (y_.shows(end)) ys.push_back(end);
    }
  }
  x_bounds_ = boundsOf(xs, x_.log);
  y_bounds_ = boundsOf(ys, y_.log);
  if (words_.isEmpty()) {
    setAxis(Qt::Horizontal, x_.name, x_.unit, x_bounds_, x_.log);
  } else {
    x_bounds_ = {-0.5, static_cast<double>(words_.size()) - 0.5};
    setWords(Qt::Horizontal, x_.name, words_);
  }
  setAxis(Qt::Vertical, y_.name, y_.unit, y_bounds_, y_.log);
  const size_t left_out = points_.size() - shown_;
  setNote(left_out > 0 ? tr("%1 without a number that the axes can show").arg(left_out)
                       : QString());
  addDots();
  addRing();
}

void ScatterChart::addDots() {
  const Tokens& tokens = tokensOf(this);
  std::map<QRgb, QList<QPointF>> by_color;
  std::vector<ErrorBars::Bar> bars;
  for (const ScatterPoint& point : points_) {
    if (!x_.shows(point.x) || !y_.shows(point.y)) continue;
    const QColor color = point.color.isValid() ? point.color : tokens.accent;
    const double x = placeOf(point.x, x_.log);
    by_color[color.rgb()].append(QPointF(x, placeOf(point.y, y_.log)));
    if (!point.error || !std::isfinite(*point.error) || *point.error <= 0) continue;
    const double low = point.y - *point.error;
    bars.push_back({x, placeOf(y_.shows(low) ? low : y_bounds_.low, y_.log),
                    placeOf(point.y + *point.error, y_.log), color});
  }
  bars_->setBars(std::move(bars));
  for (const auto& [color, places] : by_color) {
    auto* series = new QScatterSeries;
    series->setMarkerSize(kDot);
    series->setColor(faded(QColor::fromRgb(color), 0.8));
    series->setBorderColor(tokens.card);
    series->append(places);
    chart()->addSeries(series);
    attach(series);
    connect(series, &QXYSeries::clicked, this, [this](const QPointF& place) {
      if (const int index = nearest(place); index >= 0) Q_EMIT clicked(index);
    });
    connect(series, &QXYSeries::hovered, this, &ScatterChart::showTip);
  }
}

void ScatterChart::addRing() {
  if (marked_ < 0 || marked_ >= static_cast<int>(points_.size())) return;
  const ScatterPoint& point = points_[static_cast<size_t>(marked_)];
  if (!x_.shows(point.x) || !y_.shows(point.y)) return;
  auto* ring = new QScatterSeries;
  ring->setMarkerSize(kRing);
  ring->setColor(Qt::transparent);
  ring->setBorderColor(tokensOf(this).text);
  ring->append(placeOf(point.x, x_.log), placeOf(point.y, y_.log));
  chart()->addSeries(ring);
  attach(ring);
}

void ScatterChart::showTip(const QPointF& place, bool entered) {
  const int index = entered ? nearest(place) : -1;
  if (index < 0) {
    QToolTip::hideText();
    return;
  }
  const ScatterPoint& point = points_[static_cast<size_t>(index)];
  const auto word = static_cast<qsizetype>(point.x);
  const QString x = words_.isEmpty() ? number(point.x) : words_.value(word);
  const QString y = point.error ? q(FormatEstimate(point.y, *point.error, true)) : number(point.y);
  const QString text = QStringLiteral("%1\n%2 %3\n%4 %5").arg(point.text, x_.name, x, y_.name, y);
  QToolTip::showText(QCursor::pos(),
                     text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")));
}

}  // namespace lab::gui
