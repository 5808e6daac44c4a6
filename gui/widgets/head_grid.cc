#include "gui/widgets/head_grid.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <cmath>
#include <limits>

#include "gui/charts/picture.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kLeastSide = 26, kMostSide = 120, kFreeSide = 62;
constexpr double kGap = 6;
constexpr double kNames = 18;    // of the layers at the left and the heads on top
constexpr double kCaption = 16;  // below a map
constexpr double kCardLine = 18;
constexpr double kStillShape = 1.5, kStillWidth = 960;

float strongestOf(const AttentionMap& map) {
  float most = 0;
  for (float value : map.values) {
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  }
  return most;
}

}  // namespace

HeadGrid::HeadGrid(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  QFont small = font();
  small.setPixelSize(type::kCaption);
  setFont(small);
  viewport()->setMouseTracking(true);
  viewport()->setAutoFillBackground(false);
  setAccessibleName(tr("attention heads"));
  setAccessibleDescription(tr("Arrows choose a head."));
}

void HeadGrid::setHeads(std::vector<GridHead> heads, int columns) {
  heads_ = std::move(heads);
  columns_ = columns;
  pointed_ = -1;
  captions_ = std::any_of(heads_.begin(), heads_.end(),
                          [](const GridHead& head) { return !head.caption.isEmpty(); });
  recolor();
  layOut();
}

void HeadGrid::setKind(ColorMap::Kind kind) {
  if (kind == kind_) return;
  kind_ = kind;
  recolor();
}

void HeadGrid::recolor() {
  float common = 0;
  for (const GridHead& head : heads_) common = std::max(common, strongestOf(head.map));
  images_.clear();
  for (const GridHead& head : heads_) {
    QImage& image = images_.emplace_back();
    if (head.map.queries == 0) continue;
    const float most = kind_ == ColorMap::Kind::kAroundZero ? common : strongestOf(head.map);
    const ColorMap colors(kind_, 0, most, tokensOf(this));
    image = QImage(head.map.keys, head.map.queries, QImage::Format_RGB32);
    for (int row = 0; row < head.map.queries; ++row) {
      auto* pixel = reinterpret_cast<QRgb*>(image.scanLine(row));
      const float* values = head.map.row(row);
      for (int key = 0; key < head.map.keys; ++key) pixel[key] = colors.colorOf(values[key]);
    }
  }
  viewport()->update();
}

void HeadGrid::layOut() {
  const double width = viewport()->width() - 2, left = columns_ > 0 ? kNames : 0;
  const double below = captions_ ? kCaption : 0;
  if (still_columns_ > 0) {
    in_row_ = still_columns_;
    const double down = (static_cast<int>(heads_.size()) + in_row_ - 1) / in_row_;
    side_ = std::max(kLeastSide, std::min((width - left) / in_row_ - kGap,
                                          (viewport()->height() - left) / down - kGap - below));
  } else if (columns_ > 0) {
    in_row_ = columns_;
    side_ = std::clamp((width - left) / columns_ - kGap, kLeastSide, kMostSide);
  } else {
    // Few have room to be large; all of them at once are seen best.
    const double count = std::max<double>(1, static_cast<double>(heads_.size()));
    side_ = std::clamp(std::sqrt(width * viewport()->height() / count) - kGap - below, kFreeSide,
                       2 * kMostSide);
    in_row_ = std::max(1, static_cast<int>((width + kGap) / (side_ + kGap)));
  }
  const int rows = (static_cast<int>(heads_.size()) + in_row_ - 1) / in_row_;
  const double height =
      (columns_ > 0 ? kNames : 0) + rows * (side_ + kGap + (captions_ ? kCaption : 0));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(static_cast<int>(side_ / 2));
  verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(height) - viewport()->height()));
  viewport()->update();
}

QRectF HeadGrid::rectOf(int index) const {
  const double lead = columns_ > 0 ? kNames : 1;
  const double step = side_ + kGap + (captions_ ? kCaption : 0);
  return QRectF(lead + (index % in_row_) * (side_ + kGap),
                lead + (index / in_row_) * step - verticalScrollBar()->value(), side_, side_);
}

int HeadGrid::at(const QPointF& place) const {
  for (int i = 0; i < static_cast<int>(heads_.size()); ++i) {
    if (rectOf(i).adjusted(0, 0, kGap / 2, captions_ ? kCaption : kGap / 2).contains(place)) {
      return i;
    }
  }
  return -1;
}

int HeadGrid::indexOf(std::optional<HeadId> id) const {
  for (size_t i = 0; id && i < heads_.size(); ++i) {
    if (heads_[i].id == *id) return static_cast<int>(i);
  }
  return -1;
}

void HeadGrid::setCurrent(std::optional<HeadId> id) {
  current_ = id;
  viewport()->update();
}

void HeadGrid::choose(int index) {
  if (index < 0 || index >= static_cast<int>(heads_.size())) return;
  const HeadId id = heads_[static_cast<size_t>(index)].id;
  const QRectF place = rectOf(index);
  QScrollBar* bar = verticalScrollBar();
  if (place.top() < 0) bar->setValue(bar->value() + static_cast<int>(place.top() - kNames));
  const double below = place.bottom() + (captions_ ? kCaption : 0) - viewport()->height();
  if (below > 0) bar->setValue(bar->value() + static_cast<int>(below + kGap));
  if (current_ == id) return;
  setCurrent(id);
  Q_EMIT chosen(id);
}

void HeadGrid::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  painter.setFont(font());
  for (int i = 0; i < static_cast<int>(heads_.size()); ++i) {
    const QRectF place = rectOf(i);
    if (place.bottom() + kCaption < 0 || place.top() > viewport()->height()) continue;
    drawHead(&painter, i, place);
  }
  if (columns_ > 0) drawNames(&painter);
  if (pointed_ >= 0 && teller_) drawTold(&painter);
}

void HeadGrid::drawHead(QPainter* painter, int index, const QRectF& place) const {
  const Tokens& tokens = tokensOf(this);
  const GridHead& head = heads_[static_cast<size_t>(index)];
  const QImage& image = images_[static_cast<size_t>(index)];
  if (image.isNull()) {
    painter->fillRect(place, tokens.grid);
  } else {
    // Maps of many tokens are made smaller softly; those of few keep their cells.
    painter->setRenderHint(QPainter::SmoothPixmapTransform,
                           image.width() > place.width() * devicePixelRatioF());
    painter->drawImage(place, image);
  }
  const bool current = current_ == head.id;
  painter->setBrush(Qt::NoBrush);
  painter->setPen(current ? QPen(tokens.warning, hasFocus() ? 2.5 : 2) : QPen(tokens.line, 1));
  painter->drawRect(current ? place.adjusted(-1, -1, 1, 1) : place);
  if (head.caption.isEmpty()) return;
  painter->setPen(current ? tokens.text : tokens.dim);
  painter->drawText(QRectF(place.left(), place.bottom() + 1, place.width() + kGap, kCaption),
                    Qt::AlignLeft | Qt::AlignVCenter, head.caption);
}

void HeadGrid::drawNames(QPainter* painter) const {
  const Tokens& tokens = tokensOf(this);
  painter->setPen(tokens.dim);
  for (int i = 0; i < static_cast<int>(heads_.size()); ++i) {
    const QRectF place = rectOf(i);
    const HeadId id = heads_[static_cast<size_t>(i)].id;
    if (i % in_row_ == 0) {
      painter->drawText(QRectF(0, place.top(), kNames - 4, place.height()),
                        Qt::AlignRight | Qt::AlignVCenter, QString::number(id.layer));
    }
    if (i < in_row_) {
      painter->drawText(QRectF(place.left(), place.top() - kNames, place.width(), kNames),
                        Qt::AlignCenter, QString::number(id.head));
    }
  }
}

void HeadGrid::drawTold(QPainter* painter) const {
  const QStringList lines = teller_(heads_[static_cast<size_t>(pointed_)].id);
  if (lines.isEmpty()) return;
  const Tokens& tokens = tokensOf(this);
  const QFontMetricsF metrics(font());
  double widest = 0;
  for (const QString& line : lines) widest = std::max(widest, metrics.horizontalAdvance(line));
  QRectF card(pointer_.x() + space::kGap, pointer_.y() + space::kGap, widest + 2 * space::kGap,
              static_cast<double>(lines.size()) * kCardLine + 2 * space::kTiny);
  if (card.right() > viewport()->width()) card.moveRight(pointer_.x() - space::kGap);
  if (card.left() < 0) card.moveLeft(0);
  if (card.bottom() > viewport()->height()) card.moveBottom(pointer_.y() - space::kGap);
  if (card.top() < 0) card.moveTop(0);
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(tokens.line, 1));
  painter->setBrush(faded(tokens.card, 0.96));
  painter->drawRoundedRect(card, space::kControlRadius, space::kControlRadius);
  QRectF row(card.left() + space::kGap, card.top() + space::kTiny, card.width(), kCardLine);
  for (const QString& line : lines) {
    painter->setPen(line == lines.first() ? tokens.text : tokens.dim);
    painter->drawText(row, Qt::AlignLeft | Qt::AlignVCenter, line);
    row.translate(0, kCardLine);
  }
  painter->setRenderHint(QPainter::Antialiasing, false);
}

void HeadGrid::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  layOut();
}

void HeadGrid::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) recolor();
}

void HeadGrid::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(heads_.size()) - 1;
  const int now = indexOf(current_);
  auto within = [last](int index) { return std::clamp(index, 0, last); };
  if (last < 0) return QAbstractScrollArea::keyPressEvent(event);
  switch (event->key()) {
    case Qt::Key_Left:
      return choose(within(now < 0 ? last : now - 1));
    case Qt::Key_Right:
      return choose(within(now + 1));
    case Qt::Key_Up:
      return choose(now - in_row_ < 0 ? within(now) : now - in_row_);
    case Qt::Key_Down:
      return choose(now + in_row_ > last ? within(now) : now + in_row_);
    case Qt::Key_Home:
      return choose(0);
    case Qt::Key_End:
      return choose(last);
    default:
      return QAbstractScrollArea::keyPressEvent(event);
  }
}

void HeadGrid::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(at(event->position()));
}

void HeadGrid::mouseMoveEvent(QMouseEvent* event) {
  pointer_ = event->position();
  pointed_ = at(pointer_);
  viewport()->update();
}

bool HeadGrid::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave && pointed_ >= 0) {
    pointed_ = -1;
    viewport()->update();
  }
  return QAbstractScrollArea::viewportEvent(event);
}

void HeadGrid::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void HeadGrid::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

std::pair<float, float> HeadGrid::strongest() const {
  std::pair<float, float> range{std::numeric_limits<float>::infinity(), 0};
  for (const GridHead& head : heads_) {
    const float most = strongestOf(head.map);
    range = {std::min(range.first, most), std::max(range.second, most)};
  }
  return range;
}

void HeadGrid::makeStill() {
  current_.reset();
  const auto count = static_cast<double>(heads_.size());
  still_columns_ =
      columns_ > 0 ? columns_ : static_cast<int>(std::ceil(std::sqrt(kStillShape * count)));
  const double side = std::clamp(kStillWidth / still_columns_, 1.1 * kMostSide, 2 * kMostSide);
  const double rows = std::ceil(count / still_columns_);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setMinimumSize(static_cast<int>(kNames + still_columns_ * (side + kGap) + 2),
                 static_cast<int>(kNames + rows * (side + kGap + (captions_ ? kCaption : 0))));
  layOut();
}

absl::Status HeadGrid::exportPng(const QString& path) { return savePicture(this, path); }

}  // namespace lab::gui
