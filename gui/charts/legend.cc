#include "gui/charts/legend.h"

#include <QFontMetricsF>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kRadius = 4;
constexpr double kBetween = 6, kAfter = 16;
constexpr double kDash = 14;
constexpr double kMostLabel = 200;
constexpr double kMoreRoom = 60;
constexpr size_t kMostEntries = 12;

}  // namespace

Legend::Legend(QWidget* parent) : QWidget(parent) {
  QFont small = font();
  small.setPixelSize(type::kRow);
  setFont(small);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void Legend::setEntries(std::vector<Entry> entries) {
  entries_ = std::move(entries);
  QStringList names;
  for (size_t i = 0; i < std::min(entries_.size(), kMostEntries); ++i) {
    names << entries_[i].style.label + QLatin1Char(' ') + entries_[i].style.n_text;
  }
  setAccessibleName(tr("%n curves: ", nullptr, static_cast<int>(entries_.size())) +
                    names.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

double Legend::widthOf(const Entry& entry) const {
  const QFontMetricsF metrics(font());
  double width = (entry.style.dashed ? kDash : 2 * kRadius) + kBetween +
                 std::min(metrics.horizontalAdvance(entry.style.label), kMostLabel) + kAfter;
  if (!entry.style.n_text.isEmpty()) {
    width += kBetween + metrics.horizontalAdvance(entry.style.n_text);
  }
  return width;
}

size_t Legend::shown() const {
  double width = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    width += widthOf(entries_[i]);
    const bool last = i + 1 == entries_.size();
    if (i >= kMostEntries || width - kAfter > this->width() - (last ? 0 : kMoreRoom)) return i;
  }
  return entries_.size();
}

QSize Legend::sizeHint() const {
  double width = 0;
  for (size_t i = 0; i < std::min(entries_.size(), kMostEntries); ++i)
    width += widthOf(entries_[i]);
  if (entries_.size() > kMostEntries) width += kMoreRoom;
  return {static_cast<int>(std::ceil(width)),
          static_cast<int>(std::ceil(QFontMetricsF(font()).height())) + 2};
}

void Legend::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Tokens& tokens = tokensOf(this);
  const QFontMetricsF metrics(font());
  const double middle = height() / 2.0;
  const double baseline = middle + (metrics.ascent() - metrics.descent()) / 2;
  const size_t count = shown();
  double x = 0;
  for (size_t i = 0; i < count; ++i) {
    const CurveStyle& style = entries_[i].style;
    const double end = x + widthOf(entries_[i]);
    if (style.dashed) {
      QPen pen(style.color, 2, Qt::CustomDashLine, Qt::FlatCap);
      pen.setDashPattern({2.5, 1.5});
      painter.setPen(pen);
      painter.drawLine(QPointF(x, middle), QPointF(x + kDash, middle));
      x += kDash + kBetween;
    } else {
      painter.setPen(Qt::NoPen);
      painter.setBrush(style.color);
      painter.drawEllipse(QPointF(x + kRadius, middle), kRadius, kRadius);
      x += 2 * kRadius + kBetween;
    }
    const QString label = metrics.elidedText(style.label, Qt::ElideMiddle, kMostLabel);
    painter.setPen(tokens.text);
    painter.drawText(QPointF(x, baseline), label);
    painter.setPen(tokens.dim);
    painter.drawText(QPointF(x + metrics.horizontalAdvance(label) + kBetween, baseline),
                     style.n_text);
    x = end;
  }
  if (count < entries_.size()) {
    painter.setPen(tokens.dim);
    const QString more =
        count == 0 ? tr("%1 curves").arg(entries_.size()) : tr("+ %1").arg(entries_.size() - count);
    painter.drawText(QPointF(x, baseline), more);
  }
}

void Legend::mouseMoveEvent(QMouseEvent* event) {
  double x = 0;
  for (size_t i = 0; i < shown(); ++i) {
    x += widthOf(entries_[i]);
    if (event->position().x() < x - kAfter / 2) {
      setToolTip(entries_[i].style.label);
      Q_EMIT pointedAt(entries_[i].id);
      return;
    }
  }
  setToolTip({});
  Q_EMIT pointedAt(std::nullopt);
}

void Legend::leaveEvent(QEvent*) { Q_EMIT pointedAt(std::nullopt); }

}  // namespace lab::gui
