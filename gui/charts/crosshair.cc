#include "gui/charts/crosshair.h"

#include <QFontMetricsF>
#include <QObject>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <limits>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMostRows = 12;
constexpr double kRowHeight = 18;
constexpr double kDotRadius = 3.5;
constexpr double kFromLine = 10;
constexpr int kLabelWidth = 220;

// One line of the card.
struct CardRow {
  QString label, note, value, smoothed;
  QColor color;
  bool number = true;
  bool lifted = false;  // the curve that is pointed at
};

std::vector<CardRow> rowsOf(const PlotScene& scene, const Readings& readings, const PlotMap& map,
                            double pointer_y, QString* more) {
  std::vector<const Reading*> shown;
  for (const Reading& reading : readings.rows) shown.push_back(&reading);
  if (shown.size() > kMostRows) {
    auto distance = [&](const Reading* reading) {
      if (scene.highlight == reading->id) return -1.0;
      const bool number = std::isfinite(reading->value);
      return number ? std::abs(map.toY(reading->value) - pointer_y) : 1e9;
    };
    std::vector<const Reading*> nearest = shown;
    std::nth_element(nearest.begin(), nearest.begin() + kMostRows, nearest.end(),
                     [&](auto* a, auto* b) { return distance(a) < distance(b); });
    nearest.resize(kMostRows);
    std::erase_if(shown, [&](auto* reading) {
      return std::find(nearest.begin(), nearest.end(), reading) == nearest.end();
    });
    *more = QObject::tr("and %1 more").arg(readings.rows.size() - kMostRows);
  }
  std::vector<CardRow> rows;
  for (const Reading* reading : shown) {
    CardRow row{.label = reading->label, .value = number(reading->value), .color = reading->color};
    if (reading->x != readings.x)
      row.note = QObject::tr("at %1").arg(xText(scene.x_axis, reading->x));
    if (!std::isnan(reading->smoothed)) row.smoothed = number(reading->smoothed);
    row.number = std::isfinite(reading->value);
    row.lifted = scene.highlight == reading->id;
    rows.push_back(row);
  }
  return rows;
}

// Widths of the card's columns.
struct CardSize {
  double label = 0, value = 0, smoothed = 0, width = 0, height = 0;
};

CardSize sizeOf(const std::vector<CardRow>& rows, const QString& title, const QString& more,
                const QFontMetricsF& metrics) {
  CardSize size;
  for (const CardRow& row : rows) {
    const double note = row.note.isEmpty() ? 0 : metrics.horizontalAdvance(row.note) + 6;
    const double label = std::min<double>(metrics.horizontalAdvance(row.label), kLabelWidth);
    size.label = std::max(size.label, label + note);
    size.value = std::max(size.value, metrics.horizontalAdvance(row.value));
    size.smoothed = std::max(size.smoothed, metrics.horizontalAdvance(row.smoothed));
  }
  if (size.smoothed > 0) {
    size.value = std::max(size.value, metrics.horizontalAdvance(QObject::tr("measured")));
    size.smoothed = std::max(size.smoothed, metrics.horizontalAdvance(QObject::tr("smooth")));
    size.smoothed += space::kGap;
  }
  size.width = space::kPadding + size.label + space::kPadding + size.value + size.smoothed;
  size.width = std::max({size.width,
                         metrics.horizontalAdvance(title) * 1.1 +
                             (size.smoothed > 0 ? size.value + size.smoothed + 8 : 0),
                         metrics.horizontalAdvance(more)}) +
               2.0 * space::kGap;
  size.height = kRowHeight * static_cast<double>(1 + rows.size() + (more.isEmpty() ? 0 : 1)) +
                2.0 * space::kSmall;
  return size;
}

void drawRow(QPainter* painter, const CardRow& row, const QRectF& line, const CardSize& size,
             const Tokens& tokens, const QFontMetricsF& metrics) {
  if (row.lifted) {
    painter->fillRect(line.adjusted(-space::kTiny, 0, space::kTiny, 0), tokens.accent_ground);
  }
  painter->setPen(Qt::NoPen);
  painter->setBrush(row.color);
  painter->drawEllipse(QPointF(line.left() + kDotRadius, line.center().y()), kDotRadius,
                       kDotRadius);
  const QString label = metrics.elidedText(row.label, Qt::ElideMiddle, kLabelWidth);
  QRectF text = line.adjusted(space::kPadding, 0, 0, 0);
  painter->setPen(row.lifted ? tokens.text : tokens.dim);
  painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeft, label);
  text.adjust(metrics.horizontalAdvance(label) + 6, 0, 0, 0);
  painter->setPen(tokens.faint);
  painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeft, row.note);
  painter->setPen(row.number ? tokens.text : tokens.bad);
  painter->drawText(line.adjusted(0, 0, -size.smoothed, 0), Qt::AlignVCenter | Qt::AlignRight,
                    row.value);
  painter->setPen(tokens.dim);
  painter->drawText(line, Qt::AlignVCenter | Qt::AlignRight, row.smoothed);
}

}  // namespace

Readings readingsAt(const PlotScene& scene, double x) {
  Readings readings;
  readings.x = -std::numeric_limits<double>::infinity();
  for (const PlotCurve& curve : scene.curves) {
    const size_t after = curve.data.upperBound(x);
    if (after == 0) continue;
    const size_t i = after - 1;
    readings.x = std::max(readings.x, curve.data.x(i));
    readings.rows.push_back({curve.id, curve.style.label, curve.style.color, curve.data.x(i),
                             curve.data.y(i), curve.data.smooth() ? curve.data.smoothed(i) : kNan});
  }
  if (readings.rows.empty()) {
    readings.x = x;
  } else if (scene.floor && std::isfinite(readings.rows.front().value)) {
    const Reading first = readings.rows.front();
    const double above = first.value - *scene.floor;
    readings.rows.push_back({0, above < 0 ? QObject::tr("below floor") : QObject::tr("above floor"),
                             QColor(), first.x, std::abs(above), kNan});
  }
  return readings;
}

std::optional<double> neighbourOf(const PlotScene& scene, double x, int direction) {
  std::optional<double> nearest;
  for (const PlotCurve& curve : scene.curves) {
    const size_t place = direction > 0 ? curve.data.upperBound(x) : curve.data.lowerBound(x);
    if (direction > 0 ? place == curve.data.size() : place == 0) continue;
    const double found = curve.data.x(direction > 0 ? place : place - 1);
    if (!nearest || std::abs(found - x) < std::abs(*nearest - x)) nearest = found;
  }
  return nearest;
}

void drawCrosshair(QPainter* painter, const PlotMap& map, const PlotScene& scene,
                   const Readings& readings, double pointer_y, const Tokens& tokens,
                   const QFont& font) {
  const QRectF& rect = map.rect();
  const double at = std::round(map.toX(readings.x)) + 0.5;
  if (at < rect.left() - 1 || at > rect.right() + 1) return;
  painter->setRenderHint(QPainter::Antialiasing, false);
  painter->setPen(QPen(tokens.faint, 1));
  painter->drawLine(QPointF(at, rect.top()), QPointF(at, rect.bottom()));
  if (readings.rows.empty()) return;
  painter->setRenderHint(QPainter::Antialiasing);

  QString more;
  std::vector<CardRow> rows = rowsOf(scene, readings, map, pointer_y, &more);
  for (CardRow& row : rows) {
    if (!row.color.isValid()) row.color = tokens.good;
  }
  const QFontMetricsF metrics(font);
  const QString title = xText(scene.x_axis, readings.x);
  const CardSize size = sizeOf(rows, title, more, metrics);
  const bool right = at + kFromLine + size.width < rect.right();
  const double left = right ? at + kFromLine : std::max(rect.left(), at - kFromLine - size.width);
  const double top =
      std::clamp(pointer_y - size.height / 2, rect.top() + space::kTiny,
                 std::max(rect.top() + space::kTiny, rect.bottom() - size.height - space::kTiny));
  const QRectF card(std::round(left) + 0.5, std::round(top) + 0.5, size.width, size.height);
  painter->setPen(QPen(tokens.line, 1));
  painter->setBrush(faded(tokens.card, 0.96));
  painter->drawRoundedRect(card, space::kControlRadius, space::kControlRadius);

  QRectF line(card.left() + space::kGap, card.top() + space::kSmall, size.width - 2 * space::kGap,
              kRowHeight);
  QFont bold = font;
  bold.setWeight(QFont::DemiBold);
  painter->setFont(bold);
  painter->setPen(tokens.text);
  painter->drawText(line, Qt::AlignVCenter | Qt::AlignLeft, title);
  painter->setFont(font);
  if (size.smoothed > 0) {
    painter->setPen(tokens.faint);
    painter->drawText(line.adjusted(0, 0, -size.smoothed, 0), Qt::AlignVCenter | Qt::AlignRight,
                      QObject::tr("measured"));
    painter->drawText(line, Qt::AlignVCenter | Qt::AlignRight, QObject::tr("smooth"));
  }
  for (const CardRow& row : rows) {
    line.translate(0, kRowHeight);
    drawRow(painter, row, line, size, tokens, metrics);
  }
  line.translate(0, kRowHeight);
  painter->setPen(tokens.faint);
  painter->drawText(line, Qt::AlignVCenter | Qt::AlignLeft, more);
}

}  // namespace lab::gui
