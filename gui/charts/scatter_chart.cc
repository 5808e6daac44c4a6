#include "gui/charts/scatter_chart.h"

#include <QChart>
#include <QCursor>
#include <QScatterSeries>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <map>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kDot = 9;

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

bool ScatterChart::Axis::shows(double value) const {
  return std::isfinite(value) && (!log || value > 0);
}

ScatterChart::ScatterChart(const QString& title, QWidget* parent) : StaticChart(title, parent) {
  redraw();
}

void ScatterChart::setX(const QString& name, const QString& unit, bool log) {
  x_ = {name, unit, log};
  redraw();
}

void ScatterChart::setY(const QString& name, const QString& unit, bool log) {
  y_ = {name, unit, log};
  redraw();
}

void ScatterChart::setPoints(std::vector<ScatterPoint> points) {
  points_ = std::move(points);
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
  std::map<QRgb, QList<QPointF>> by_color;
  const Tokens& tokens = tokensOf(this);
  for (const ScatterPoint& point : points_) {
    if (!x_.shows(point.x) || !y_.shows(point.y)) continue;
    xs.push_back(point.x);
    ys.push_back(point.y);
    const QColor color = point.color.isValid() ? point.color : tokens.accent;
    by_color[color.rgb()].append(QPointF(placeOf(point.x, x_.log), placeOf(point.y, y_.log)));
  }
  shown_ = xs.size();
  x_bounds_ = boundsOf(xs, x_.log);
  y_bounds_ = boundsOf(ys, y_.log);
  setAxis(Qt::Horizontal, x_.name, x_.unit, x_bounds_, x_.log);
  setAxis(Qt::Vertical, y_.name, y_.unit, y_bounds_, y_.log);
  const size_t left_out = points_.size() - shown_;
  setNote(left_out > 0 ? tr("%1 without a number that the axes can show").arg(left_out)
                       : QString());
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
    connect(series, &QXYSeries::hovered, this, [this](const QPointF& place, bool entered) {
      const int index = entered ? nearest(place) : -1;
      if (index < 0) {
        QToolTip::hideText();
        return;
      }
      const ScatterPoint& point = points_[static_cast<size_t>(index)];
      const QString text = QStringLiteral("%1\n%2 %3\n%4 %5")
                               .arg(point.text, x_.name, number(point.x), y_.name, number(point.y));
      QToolTip::showText(QCursor::pos(),
                         text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")));
    });
  }
}

}  // namespace lab::gui
