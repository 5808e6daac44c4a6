#include "gui/charts/axes.h"

#include <QFontMetricsF>
#include <QObject>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr int kMostTicks = 7;
constexpr double kXLabelRoom = 90, kYLabelRoom = 42;  // pixels for each label
constexpr double kFarOutside = 4000;
constexpr double kBelow = 3;

int most(double pixels, double room) {
  return std::clamp(static_cast<int>(pixels / room), 2, kMostTicks);
}

struct TimeUnit {
  double seconds;
  const char* name;
};

TimeUnit timeUnitOf(double span) {
  if (span > 2 * 86400) return {86400, "d"};
  if (span > 2 * 3600) return {3600, "h"};
  if (span > 120) return {60, "min"};
  return {1, "s"};
}

QString named(const QString& name, const QString& unit) {
  return unit.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, unit);
}

}  // namespace

QString wordOf(XAxis axis) {
  switch (axis) {
    case XAxis::kTokens:
      return QObject::tr("tokens");
    case XAxis::kTime:
      return QObject::tr("time");
    case XAxis::kStep:
      break;
  }
  return QObject::tr("step");
}

PlotMap::PlotMap(const ChartView& view, const QRectF& rect) : view_(view), rect_(rect) {
  x_scale_ = rect.width() / (view.x_high - view.x_low);
  y_low_ = view.log_y ? std::log10(view.y_low) : view.y_low;
  const double high = view.log_y ? std::log10(view.y_high) : view.y_high;
  y_scale_ = rect.height() / (high - y_low_);
}

double PlotMap::toX(double value) const { return rect_.left() + (value - view_.x_low) * x_scale_; }

double PlotMap::toY(double value) const {
  if (view_.log_y && value <= 0) return rect_.bottom() + kBelow;
  const double height = ((view_.log_y ? std::log10(value) : value) - y_low_) * y_scale_;
  return std::clamp(rect_.bottom() - height, rect_.top() - kFarOutside,
                    rect_.bottom() + kFarOutside);
}

double PlotMap::xAt(double pixel) const { return view_.x_low + (pixel - rect_.left()) / x_scale_; }

double PlotMap::yAt(double pixel) const {
  const double value = y_low_ + (rect_.bottom() - pixel) / y_scale_;
  return view_.log_y ? std::pow(10, value) : value;
}

AxisText xAxisText(XAxis axis, double low, double high, double width) {
  if (axis != XAxis::kTime) {
    AxisText text{wordOf(axis), LinearTicks(low, high, most(width, kXLabelRoom))};
    // A step is a whole number, and so is a token.
    std::erase_if(text.ticks, [](const Tick& tick) { return tick.at != std::round(tick.at); });
    return text;
  }
  const TimeUnit unit = timeUnitOf(high - low);
  AxisText text{named(wordOf(axis), QString::fromLatin1(unit.name)),
                LinearTicks(low / unit.seconds, high / unit.seconds, most(width, kXLabelRoom))};
  for (Tick& tick : text.ticks) tick.at *= unit.seconds;
  return text;
}

AxisText yAxisText(const QString& name, const QString& unit, const ChartView& view, double height) {
  const int count = most(height, kYLabelRoom);
  return {named(name, unit), view.log_y ? LogTicks(view.y_low, view.y_high, count)
                                        : LinearTicks(view.y_low, view.y_high, count)};
}

QString tickText(const Tick& tick) {
  const bool whole = tick.at == std::round(tick.at) && std::abs(tick.at) < 1e15;
  QString text = q(tick.label);
  bool number = false;
  const qlonglong plain = text.toLongLong(&number);
  if (whole && number && std::abs(plain) >= 1000) return grouped(plain);
  return text.replace(QLatin1Char(','), QChar(0x2009)).replace(QLatin1Char('-'), QChar(0x2212));
}

void drawAxes(QPainter* painter, const PlotMap& map, const AxisText& x, const AxisText& y,
              const Tokens& tokens, const QFont& font) {
  const QRectF& rect = map.rect();
  const QFontMetricsF metrics(font);
  const double half = metrics.height() / 2;
  painter->setFont(font);
  for (const Tick& tick : y.ticks) {
    const double at = std::round(map.toY(tick.at)) + 0.5;
    if (at < rect.top() - 1 || at > rect.bottom() + 1) continue;
    painter->setPen(QPen(tokens.grid, 1));
    painter->drawLine(QPointF(rect.left(), at), QPointF(rect.right(), at));
    painter->setPen(tokens.dim);
    painter->drawText(QRectF(0, at - half, rect.left() - space::kSmall, 2 * half),
                      Qt::AlignRight | Qt::AlignVCenter, tickText(tick));
  }
  painter->setPen(QPen(tokens.line, 1));
  const double floor = std::round(rect.bottom()) + 0.5;
  painter->drawLine(QPointF(rect.left(), floor), QPointF(rect.right(), floor));
  painter->setPen(tokens.dim);
  const double name_width = metrics.horizontalAdvance(x.name);
  const double below = rect.bottom() + space::kTiny;
  painter->drawText(QRectF(rect.right() - name_width, below + 2 * half, name_width, 2 * half),
                    Qt::AlignRight | Qt::AlignTop, x.name);
  for (const Tick& tick : x.ticks) {
    const double at = map.toX(tick.at);
    if (at < rect.left() - 1 || at > rect.right() + 1) continue;
    const QString text = tickText(tick);
    const double width = metrics.horizontalAdvance(text);
    painter->drawText(QRectF(at - width / 2, below, width, 2 * half),
                      Qt::AlignHCenter | Qt::AlignTop | Qt::TextDontClip, text);
  }
  painter->drawText(QRectF(0, rect.top() - 2 * half - space::kTiny, rect.right(), 2 * half),
                    Qt::AlignLeft | Qt::AlignTop, y.name);
}

QString xText(XAxis axis, double value) {
  switch (axis) {
    case XAxis::kTokens:
      return QObject::tr("%1 tokens").arg(count(value));
    case XAxis::kTime:
      return duration(value);
    case XAxis::kStep:
      break;
  }
  return QObject::tr("step %1").arg(grouped(std::llround(value)));
}

}  // namespace lab::gui
