#include "gui/widgets/token_strip.h"

#include <QHash>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr int kChip = 24;          // height of a chip
constexpr int kRowGap = 6;         // between rows
constexpr int kNote = 14;          // height of a note under a chip
constexpr int kBetween = 1;        // between chips
constexpr double kDeepest = 0.55;  // how much of its colour the deepest shade has

bool isSign(QChar c) { return c.unicode() < 0x80 && c.isPrint() && !c.isLetterOrNumber(); }

// Line ends as signs, so that a chip stays on its line. Fonts for programs draw "!=" or "|>" as one
// sign, which no token is: a joiner of no width between them forbids that.
QString visible(const QString& text) {
  QString shown;
  for (QChar c : text) {
    if (!shown.isEmpty() && isSign(c) && isSign(shown.back())) shown += QChar(0x200C);
    if (c == QLatin1Char('\n')) {
      shown += QChar(0x21B5);  // ↵
    } else if (c == QLatin1Char('\t')) {
      shown += QChar(0x2192);  // →
    } else if (c == QLatin1Char('\r')) {
      shown += QChar(0x240D);  // ␍
    } else {
      shown += c.category() == QChar::Other_Control ? QChar(0x00B7) : c;
    }
  }
  return shown;
}

}  // namespace

TokenStrip::TokenStrip(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFont(monoFont(type::kCardTitle));
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setMouseTracking(true);
  viewport()->setAutoFillBackground(false);
  verticalScrollBar()->setSingleStep(kChip);
}

void TokenStrip::setCells(std::vector<StripCell> cells, bool growing) {
  QScrollBar* bar = verticalScrollBar();
  const bool at_end = growing && bar->value() == bar->maximum();
  cells_ = std::move(cells);
  shown_.clear();
  noted_ = false;
  for (const StripCell& cell : cells_) {
    shown_.push_back(visible(cell.text));
    noted_ = noted_ || !cell.note.isEmpty();
  }
  layOut();
  if (at_end) bar->setValue(bar->maximum());
  if (!growing) bar->setValue(0);
  if (current_ >= 0 && !canBeCurrent(current_)) setCurrent(-1);
}

void TokenStrip::setCurrent(int index) {
  if (index == current_) return;
  current_ = index;
  viewport()->update();
  Q_EMIT currentChanged(index);
}

int TokenStrip::rowHeight() const { return kChip + kRowGap + (noted_ ? kNote : 0); }

void TokenStrip::layOut() {
  const QFontMetricsF metrics(font());
  QHash<QString, double> widths;  // measuring is slow, and tokens repeat
  const QFontMetricsF note_metrics(monoFont(type::kCaption));
  const double wide = std::max(40, viewport()->width() - 2);
  boxes_.clear();
  rows_.assign(1, 0);
  double x = 0;
  for (size_t i = 0; i < cells_.size(); ++i) {
    auto known = widths.constFind(shown_[i]);
    if (known == widths.constEnd()) {
      known = widths.insert(shown_[i], metrics.horizontalAdvance(shown_[i]) + 2);
    }
    double width = *known;
    if (!cells_[i].note.isEmpty()) {
      width = std::max(width, note_metrics.horizontalAdvance(cells_[i].note) + 4);
    }
    if (x > 0 && x + width > wide) {
      x = 0;
      rows_.push_back(static_cast<int>(i));
    }
    boxes_.push_back({x, width, static_cast<int>(rows_.size()) - 1});
    x += width + kBetween;
    if (cells_[i].text.contains(QLatin1Char('\n')) && i + 1 < cells_.size()) {
      x = 0;
      rows_.push_back(static_cast<int>(i) + 1);
    }
  }
  const int height = static_cast<int>(rows_.size()) * rowHeight();
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
  viewport()->update();
}

bool TokenStrip::canBeCurrent(int index) const {
  return index >= 0 && index < static_cast<int>(cells_.size()) &&
         cells_[index].look != StripCell::Look::kPlain;
}

int TokenStrip::nearest(int index, int direction) const {
  while (index >= 0 && index < static_cast<int>(cells_.size())) {
    if (canBeCurrent(index)) return index;
    index += direction;
  }
  return -1;
}

int TokenStrip::inRow(int row, double x) const {
  if (row < 0 || row >= static_cast<int>(rows_.size())) return -1;
  const int end =
      row + 1 < static_cast<int>(rows_.size()) ? rows_[row + 1] : static_cast<int>(cells_.size());
  int best = -1;
  double distance = 0;
  for (int i = rows_[row]; i < end; ++i) {
    if (!canBeCurrent(i)) continue;
    const double off = std::abs(boxes_[i].x + boxes_[i].width / 2 - x);
    if (best < 0 || off < distance) {
      best = i;
      distance = off;
    }
  }
  return best;
}

int TokenStrip::at(const QPoint& position) const {
  const int y = position.y() + verticalScrollBar()->value();
  const int row = y / rowHeight();
  if (y < 0 || row >= static_cast<int>(rows_.size())) return -1;
  const int end =
      row + 1 < static_cast<int>(rows_.size()) ? rows_[row + 1] : static_cast<int>(cells_.size());
  for (int i = rows_[row]; i < end; ++i) {
    const bool hit = position.x() >= boxes_[i].x && position.x() < boxes_[i].x + boxes_[i].width;
    if (hit) return canBeCurrent(i) ? i : -1;
  }
  return -1;
}

void TokenStrip::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(font());
  const int top = verticalScrollBar()->value();
  const int first_row = std::clamp(top / rowHeight(), 0, static_cast<int>(rows_.size()) - 1);
  for (int i = rows_.empty() ? 0 : rows_[first_row]; i < static_cast<int>(boxes_.size()); ++i) {
    if (boxes_[i].row * rowHeight() - top > viewport()->height()) break;
    paintCell(&painter, i);
  }
}

void TokenStrip::paintCell(QPainter* painter, int index) const {
  const Tokens& tokens = tokensOf(this);
  const StripCell& cell = cells_[index];
  const Box& box = boxes_[index];
  const double y = box.row * rowHeight() - verticalScrollBar()->value() + 1;
  const QRectF chip(box.x + 0.5, y, box.width - 0.5, kChip - 2);
  QColor ink = tokens.text;
  painter->setPen(Qt::NoPen);
  painter->setBrush(Qt::NoBrush);
  switch (cell.look) {
    case StripCell::Look::kShaded:
      painter->setBrush(mixed(tokens.card, tokens.warning,
                              0.04 + (kDeepest - 0.04) * std::clamp(cell.value, 0.0, 1.0)));
      break;
    case StripCell::Look::kColoured:
      painter->setBrush(mixed(tokens.card,
                              tokens.series[static_cast<size_t>(cell.value) % tokens.series.size()],
                              tokens.dark ? 0.36 : 0.24));
      break;
    case StripCell::Look::kPlain:
      ink = tokens.dim;
      break;
    case StripCell::Look::kApart:
      painter->setPen(QPen(tokens.line, space::kHair));
      ink = tokens.dim;
      break;
  }
  if (index == current_) painter->setPen(QPen(tokens.accent, hasFocus() ? 2 : 1.2));
  if (cell.look != StripCell::Look::kPlain) painter->drawRoundedRect(chip, 4, 4);
  painter->setPen(ink);
  painter->drawText(chip.adjusted(1, 0, 200, 0), Qt::AlignLeft | Qt::AlignVCenter, shown_[index]);
  if (cell.note.isEmpty()) return;
  painter->setFont(monoFont(type::kCaption));
  painter->setPen(tokens.dim);
  painter->drawText(QRectF(box.x + 1, y + kChip - 2, box.width + 40, kNote),
                    Qt::AlignLeft | Qt::AlignTop, cell.note);
  painter->setFont(font());
}

void TokenStrip::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  layOut();
}

void TokenStrip::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(cells_.size()) - 1;
  int next = -1;
  const bool none = !canBeCurrent(current_);
  switch (event->key()) {
    case Qt::Key_Right:
      next = nearest(none ? 0 : current_ + 1, 1);
      break;
    case Qt::Key_Left:
      next = nearest(none ? last : current_ - 1, -1);
      break;
    case Qt::Key_Home:
      next = nearest(0, 1);
      break;
    case Qt::Key_End:
      next = nearest(last, -1);
      break;
    case Qt::Key_Up:
    case Qt::Key_Down:
      if (!none) {
        const Box& box = boxes_[current_];
        next = inRow(box.row + (event->key() == Qt::Key_Up ? -1 : 1), box.x + box.width / 2);
      }
      break;
    default:
      return QAbstractScrollArea::keyPressEvent(event);
  }
  if (next < 0) return;
  setCurrent(next);
  const int y = boxes_[next].row * rowHeight();
  QScrollBar* bar = verticalScrollBar();
  if (y < bar->value()) bar->setValue(y);
  if (y + rowHeight() > bar->value() + viewport()->height()) {
    bar->setValue(y + rowHeight() - viewport()->height());
  }
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
  const int index = at(event->pos());
  if (index >= 0) setCurrent(index);
}

void TokenStrip::mousePressEvent(QMouseEvent* event) { mouseMoveEvent(event); }

void TokenStrip::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  if (!canBeCurrent(current_)) setCurrent(nearest(0, 1));
  viewport()->update();
}

void TokenStrip::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

}  // namespace lab::gui
