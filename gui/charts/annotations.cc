#include "gui/charts/annotations.h"

#include <QFontMetricsF>
#include <QObject>
#include <QPainter>
#include <cmath>

#include "gui/style/tokens.h"

namespace lab::gui {
void drawFloor(QPainter* painter, const PlotMap& map, const PlotScene& scene,
               const Tokens& tokens) {
  if (!scene.floor) return;
  const QRectF& rect = map.rect();
  const double y = std::round(map.toY(*scene.floor));
  if (y < rect.top() || y > rect.bottom()) return;
  QPen pen(tokens.good, 1.5, Qt::CustomDashLine, Qt::FlatCap);
  pen.setDashPattern({5, 3});
  painter->setPen(pen);
  painter->drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y));
  const double line = QFontMetricsF(painter->font()).height();
  const bool below = y + line + space::kTiny < rect.bottom();
  painter->setPen(tokens.good);
  painter->drawText(
      QRectF(rect.left(), below ? y + 2 : y - line - 2, rect.width() - space::kSmall, line),
      Qt::AlignRight | Qt::AlignVCenter, scene.floor_text);
}

void drawMarks(QPainter* painter, const PlotMap& map, const PlotScene& scene,
               const Tokens& tokens) {
  const QRectF& rect = map.rect();
  const QFontMetricsF metrics(painter->font());
  double taken[2] = {rect.left() - 1, rect.left() - 1};  // in two rows, up to where there is text
  for (const ChartMark& mark : scene.marks) {
    const std::optional<double> x = scene.xOfStep(mark.step);
    if (!x) continue;
    const double at = std::round(map.toX(*x)) + 0.5;
    if (at < rect.left() || at > rect.right()) continue;
    const QColor color = inkOf(mark.tone, tokens);
    painter->setPen(QPen(color, 1, Qt::DotLine));
    painter->drawLine(QPointF(at, rect.top()), QPointF(at, rect.bottom()));
    const double width = metrics.horizontalAdvance(mark.text);
    for (int row = 0; row < 2; ++row) {
      const bool left = at + space::kTiny + width > rect.right();
      const double from = left ? at - space::kTiny - width : at + space::kTiny;
      if (from <= taken[row]) continue;
      painter->setPen(color);
      painter->drawText(QPointF(from, rect.top() + metrics.ascent() + row * metrics.height()),
                        mark.text);
      taken[row] = from + width + space::kSmall;
      break;
    }
  }
}

void drawOutside(QPainter* painter, const PlotMap& map, const Outside& outside, bool clipped,
                 const Tokens& tokens) {
  QStringList words;
  if (outside.outside > 0) {
    const QString count = grouped(static_cast<int64_t>(outside.outside));
    words << (clipped ? QObject::tr("clipped: %1 points outside")
                      : QObject::tr("%1 points outside"))
                 .arg(count);
  }
  if (outside.gaps > 0) {
    words << QObject::tr("%1 not finite").arg(grouped(static_cast<int64_t>(outside.gaps)));
  }
  if (words.isEmpty()) return;
  const double line = QFontMetricsF(painter->font()).height();
  const QRectF& rect = map.rect();
  painter->setPen(tokens.warning);
  painter->drawText(
      QRectF(rect.left(), rect.bottom() + space::kTiny + line, rect.width() * 0.8, line),
      Qt::AlignLeft | Qt::AlignTop, words.join(QStringLiteral(" · ")));
}

}  // namespace lab::gui
