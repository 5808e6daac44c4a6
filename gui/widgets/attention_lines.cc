#include "gui/widgets/attention_lines.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "gui/charts/picture.h"
#include "gui/models/words.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kRow = 19;
constexpr int kMeasured = 500;      // labels
constexpr double kMostWord = 150;   // of a token
constexpr double kValue = 60;       // beside the keys
constexpr float kFaintest = 0.02F;  // of the strongest: below that no line is seen

}  // namespace

AttentionLines::AttentionLines(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setFont(monoFont(type::kRow));
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  verticalScrollBar()->setSingleStep(static_cast<int>(kRow));
  viewport()->setMouseTracking(true);
  viewport()->setAutoFillBackground(false);
  setAccessibleName(tr("attention as lines"));
  setAccessibleDescription(tr("Up and down choose a query, Escape shows all."));
}

void AttentionLines::setMap(std::shared_ptr<const AttentionMap> map, QStringList labels,
                            float most) {
  map_ = std::move(map);
  labels_ = std::move(labels);
  most_ = most;
  word_ = 0;
  const QFontMetricsF metrics(font());
  for (const QString& label : labels_.mid(0, kMeasured)) {
    word_ = std::max(word_, metrics.horizontalAdvance(label) + space::kPadding);
  }
  word_ = std::min(word_, kMostWord);
  if (selected_ >= count()) selected_ = -1;
  pointed_ = -1;
  layOut();
}

void AttentionLines::setSigned(bool is_signed) {
  signed_ = is_signed;
  viewport()->update();
}

void AttentionLines::select(int query) {
  if (query == selected_) return;
  selected_ = query;
  viewport()->update();
  Q_EMIT selectionChanged(query);
}

void AttentionLines::layOut() {
  const int height = static_cast<int>(count() * kRow) + 2;
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
  viewport()->update();
}

double AttentionLines::yOf(int token) const {
  return (token + 0.5) * kRow - verticalScrollBar()->value();
}

int AttentionLines::at(const QPointF& place) const {
  const int token = static_cast<int>(std::floor((place.y() + verticalScrollBar()->value()) / kRow));
  return token >= 0 && token < count() ? token : -1;
}

void AttentionLines::paintEvent(QPaintEvent*) {
  if (!map_) return;
  QPainter painter(viewport());
  painter.setRenderHint(QPainter::Antialiasing);
  const int shown = pointed_ >= 0 ? pointed_ : selected_;
  if (shown >= 0) {
    drawLines(&painter, shown, true);
  } else {
    const int first = std::max(0, at(QPointF(0, 0)));
    for (int query = first; query < count() && yOf(query) < viewport()->height() + kRow; ++query) {
      drawLines(&painter, query, false);
    }
  }
  drawTokens(&painter, shown);
}

void AttentionLines::drawLines(QPainter* painter, int query, bool alone) const {
  const Tokens& tokens = tokensOf(this);
  const double left = word_ + space::kTiny, right = viewport()->width() - word_ - kValue;
  const float* row = map_->row(query);
  for (int key = 0; key < map_->keys && (key <= query || signed_); ++key) {
    const float share = most_ > 0 ? std::abs(row[key]) / most_ : 0;
    if (!(share > (alone ? kFaintest / 10 : kFaintest))) continue;  // nor NaN
    const QColor color = row[key] < 0 ? tokens.bad : tokens.accent;
    painter->setPen(QPen(faded(color, share), alone ? 1 + 2 * share : 1.4));
    painter->drawLine(QPointF(left, yOf(query)), QPointF(right, yOf(key)));
  }
}

void AttentionLines::drawTokens(QPainter* painter, int shown) const {
  const Tokens& tokens = tokensOf(this);
  const QFontMetricsF metrics(font());
  const double right = viewport()->width() - word_ - kValue + space::kTiny;
  painter->setFont(font());
  for (int token = std::max(0, at(QPointF(0, 0))); token < count(); ++token) {
    const double y = yOf(token) - kRow / 2;
    if (y > viewport()->height()) break;
    const QString word =
        metrics.elidedText(labels_.value(token), Qt::ElideRight, word_ - space::kSmall);
    const QRectF query(0, y, word_, kRow), key(right, y, word_, kRow);
    if (token == selected_) {
      painter->setPen(QPen(tokens.warning, 1));
      painter->setBrush(Qt::NoBrush);
      painter->drawRoundedRect(query.adjusted(0.5, 1, -0.5, -1), 4, 4);
    }
    painter->setPen(shown < 0 || token == shown ? tokens.text : tokens.dim);
    painter->drawText(query.adjusted(0, 0, -space::kTiny, 0), Qt::AlignRight | Qt::AlignVCenter,
                      word);
    const float value = shown >= 0 && token < map_->keys ? map_->at(shown, token) : 0;
    painter->setPen(shown < 0 || std::abs(value) > 0 ? tokens.text : tokens.faint);
    painter->drawText(key, Qt::AlignLeft | Qt::AlignVCenter, word);
    if (shown < 0 || token > shown || !std::isfinite(value)) continue;
    painter->setPen(tokens.dim);
    painter->drawText(QRectF(right + word_ - space::kSmall, y, kValue, kRow),
                      Qt::AlignRight | Qt::AlignVCenter, number(value));
  }
}

void AttentionLines::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  layOut();
}

void AttentionLines::keyPressEvent(QKeyEvent* event) {
  const int down = (event->key() == Qt::Key_Down) - (event->key() == Qt::Key_Up);
  if (event->key() == Qt::Key_Escape && selected_ >= 0) return select(-1);
  if (down == 0 || count() == 0) return QAbstractScrollArea::keyPressEvent(event);
  const int next = std::clamp(selected_ < 0 ? 0 : selected_ + down, 0, count() - 1);
  pointed_ = -1;
  QScrollBar* bar = verticalScrollBar();
  const double above = yOf(next) - kRow, below = yOf(next) + kRow - viewport()->height();
  if (above < 0) bar->setValue(bar->value() + static_cast<int>(above));
  if (below > 0) bar->setValue(bar->value() + static_cast<int>(below));
  select(next);
}

void AttentionLines::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const int query = at(event->position());
  select(query == selected_ ? -1 : query);
}

void AttentionLines::mouseMoveEvent(QMouseEvent* event) {
  // Over the queries' words only: elsewhere all lines are to be seen.
  const int query = event->position().x() < word_ ? at(event->position()) : -1;
  if (query == pointed_) return;
  pointed_ = query;
  viewport()->update();
}

bool AttentionLines::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave && pointed_ >= 0) {
    pointed_ = -1;
    viewport()->update();
  }
  return QAbstractScrollArea::viewportEvent(event);
}

absl::Status AttentionLines::exportPng(const QString& path) { return savePicture(this, path); }

}  // namespace lab::gui
