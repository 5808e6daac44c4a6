#include "gui/charts/plot_view.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/charts/annotations.h"
#include "gui/charts/crosshair.h"
#include "gui/charts/view_moves.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr qint64 kFrameMs = 33;
constexpr int kSliceMs = 12;
constexpr qint64 kCountMs = 500;  // between two counts of what is outside
constexpr qint64 kLiveMs = 2000;  // a curve that grew is expected to grow again
constexpr double kWheelStep = 1.25, kKeyStep = 1.5, kKeyPan = 0.1;
constexpr double kReach = 8;  // pixels from the pointer to a curve
constexpr double kLeastBox = 6;
constexpr size_t kPointable = 6;  // from so many curves on the one at the pointer is lifted out

}  // namespace

PlotView::PlotView(QWidget* parent) : QWidget(parent) {
  QFont small = font();
  small.setPixelSize(type::kCaption);
  setFont(small);
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleDescription(
      tr("Plus and minus zoom, arrows pan, Home shows all, Shift with an arrow reads point by "
         "point."));
  clock_.start();
  throttle_.setSingleShot(true);
  connect(&throttle_, &QTimer::timeout, this, [this] {
    takeUp();
    update();
  });
  slice_.setSingleShot(true);
  slice_.setInterval(kSliceMs);
  connect(&slice_, &QTimer::timeout, this, qOverload<>(&QWidget::update));
}

void PlotView::sceneChanged() {
  for (PlotCurve& curve : scene_.curves) curve.data.setXAxis(scene_.x_axis);
  layer_.forget();
  counted_at_ = -kCountMs;
  stale_ = true;
  update();
}

void PlotView::highlightChanged() {
  dirty_ = true;
  update();
}

void PlotView::dataChanged() {
  if (!isVisible()) {
    stale_ = true;
    return;
  }
  if (throttle_.isActive()) return;
  const qint64 passed = clock_.elapsed() - painted_at_;
  throttle_.start(static_cast<int>(std::max<qint64>(0, kFrameMs - passed)));
}

void PlotView::takeUp() {
  stale_ = false;
  const qint64 now = clock_.elapsed();
  for (CurveId id : scene_.refresh()) changed_at_[id] = now;
  settle();
  dirty_ = true;
}

ChartView PlotView::view() {
  if (stale_) takeUp();
  return view_;
}

void PlotView::settle() {
  const ChartView before = view_;
  const bool know = settled_ && before.log_y == scene_.log_y;
  view_ = settledView(scene_, settled_ ? &before : nullptr, own_x_);
  if (own_y_ && know) {
    view_.y_low = before.y_low;
    view_.y_high = before.y_high;
  } else {
    own_y_ = false;
  }
  settled_ = xOf(scene_).has_value();
}

void PlotView::showAll() {
  own_x_ = own_y_ = settled_ = false;
  left_margin_ = 0;
  settle();
  dirty_ = true;
  update();
  Q_EMIT xRangeChosen(std::nullopt);
}

void PlotView::setView(const ChartView& view) {
  scene_.log_y = view.log_y;
  view_ = view;
  own_x_ = own_y_ = settled_ = true;
  dirty_ = true;
  update();
}

// To a view that the user asked for; y follows the data in sight unless it was asked for, too.
void PlotView::moveTo(const ChartView& view, bool y_too) {
  scene_.refresh();
  const ChartView all = settledView(scene_, nullptr, false);
  const double least = scene_.x_axis == XAxis::kStep ? 4 : 0;
  view_ = kept(view, all, least);
  own_x_ = true;
  own_y_ = own_y_ || y_too;
  settle();
  dirty_ = true;
  update();
  const bool whole = view_.x_low <= all.x_low && view_.x_high >= all.x_high;
  Q_EMIT xRangeChosen(
      whole ? std::nullopt : std::optional<std::pair<double, double>>({view_.x_low, view_.x_high}));
}

void PlotView::setCrosshair(std::optional<double> x) {
  if (x == crosshair_) return;
  crosshair_ = x;
  if (x && pointer_y_ == 0) pointer_y_ = plotRect().center().y();
  update();
}

QImage PlotView::picture(double ratio) {
  layer_.setBudgetMs(1e9);
  takeUp();
  drawContent(ratio);
  layer_.setBudgetMs(6);
  QImage picture = content_;
  dirty_ = true;
  return picture;
}

std::vector<CurveId> PlotView::live() const {
  std::vector<CurveId> ids;
  const qint64 now = clock_.elapsed();
  for (const auto& [id, at] : changed_at_) {
    if (now - at < kLiveMs) ids.push_back(id);
  }
  // When all of them are new, none is: they are drawn as one picture.
  if (ids.size() > scene_.curves.size() / 2) ids.clear();
  return ids;
}

QRectF PlotView::plotRect() const {
  const QFontMetricsF metrics(font());
  const double line = metrics.height();
  const AxisText y = yAxisText({}, {}, view_, height() - 4 * line);
  double widest = metrics.horizontalAdvance(QStringLiteral("0.00"));
  for (const Tick& tick : y.ticks) {
    widest = std::max(widest, metrics.horizontalAdvance(tickText(tick)));
  }
  left_margin_ = std::max(left_margin_, std::ceil(widest) + space::kSmall);
  const double top = std::ceil(line) + space::kSmall;
  const double bottom = std::ceil(2 * line) + space::kSmall;
  return QRectF(left_margin_, top, std::max(10.0, width() - left_margin_ - space::kPadding),
                std::max(10.0, height() - top - bottom));
}

void PlotView::paintEvent(QPaintEvent*) {
  if (stale_) takeUp();
  const double ratio = devicePixelRatioF();
  if (dirty_ || !complete_ || content_.size() != (QSizeF(size()) * ratio).toSize()) {
    scene_.refresh();
    drawContent(ratio);
  }
  painted_at_ = clock_.elapsed();
  QPainter painter(this);
  painter.drawImage(QPointF(0, 0), content_);
  const PlotMap map = mapNow();
  const Tokens& tokens = tokensOf(this);
  if (crosshair_ && drag_ == Drag::kNone) {
    drawCrosshair(&painter, map, scene_, readingsAt(scene_, *crosshair_), pointer_y_, tokens,
                  font());
  }
  if (drag_ == Drag::kBox) {
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(tokens.accent, 1));
    painter.setBrush(faded(tokens.accent, 0.10));
    painter.drawRect(QRectF(drag_from_, drag_to_).normalized().intersected(map.rect()));
  }
  if (hasFocus() && by_key_) {
    painter.setPen(QPen(tokens.accent, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), space::kControlRadius,
                            space::kControlRadius);
  }
}

void PlotView::drawContent(double ratio) {
  const QSize size = (QSizeF(this->size()) * ratio).toSize();
  if (content_.size() != size) content_ = QImage(size, QImage::Format_RGB32);
  content_.setDevicePixelRatio(ratio);
  const Tokens& tokens = tokensOf(this);
  content_.fill(tokens.card);
  const PlotMap map = mapNow();
  QPainter painter(&content_);
  drawGround(&painter, map);
  complete_ = layer_.draw(&painter, map, scene_, live(), ratio, tokens);
  const qint64 now = clock_.elapsed();
  if (now - counted_at_ > kCountMs || own_x_ || own_y_) {
    outside_ = outsideOf(scene_, view_);
    counted_at_ = now;
  }
  drawOutside(&painter, map, outside_, scene_.clip && !own_y_, tokens);
  dirty_ = false;
  if (!complete_) slice_.start();
}

void PlotView::drawGround(QPainter* painter, const PlotMap& map) const {
  const ChartView& view = map.view();
  const AxisText x = xAxisText(scene_.x_axis, view.x_low, view.x_high, map.rect().width());
  const AxisText y = yAxisText(scene_.y_name, scene_.y_unit, view, map.rect().height());
  drawAxes(painter, map, x, y, tokensOf(this), font());
  drawFloor(painter, map, scene_, tokensOf(this));
  drawMarks(painter, map, scene_, tokensOf(this));
}

void PlotView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
      event->type() == QEvent::StyleChange) {
    layer_.forget();
    dirty_ = true;
    update();
  }
}

void PlotView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  stale_ = true;
}

void PlotView::focusInEvent(QFocusEvent* event) {
  by_key_ = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
            event->reason() == Qt::ShortcutFocusReason;
  QWidget::focusInEvent(event);
}

void PlotView::focusOutEvent(QFocusEvent* event) {
  setCrosshair(std::nullopt);
  QWidget::focusOutEvent(event);
}

void PlotView::wheelEvent(QWheelEvent* event) {
  const PlotMap map = mapNow();
  const QPointF at = event->position();
  const QPoint turn = event->angleDelta();
  if (std::abs(turn.x()) > std::abs(turn.y())) {
    moveTo(panned(map, turn.x() / 2.0, 0), false);
    return;
  }
  if (turn.y() == 0) return;
  const double factor = std::pow(kWheelStep, -turn.y() / 120.0);
  if (event->modifiers() & Qt::ControlModifier) {
    moveTo(zoomedY(view_, factor, map.yAt(at.y())), true);
    return;
  }
  if (factor > 1 && !own_x_ && !own_y_) {
    event->ignore();  // all is shown: the page may scroll
    return;
  }
  moveTo(zoomedX(view_, factor, map.xAt(at.x())), false);
}

void PlotView::mousePressEvent(QMouseEvent* event) {
  const bool pan = event->button() == Qt::MiddleButton ||
                   (event->button() == Qt::LeftButton && (event->modifiers() & Qt::ShiftModifier));
  if (!pan && event->button() != Qt::LeftButton) return;
  drag_ = pan ? Drag::kPan : Drag::kBox;
  drag_from_ = drag_to_ = event->position();
  drag_map_ = mapNow();
  if (pan) setCursor(Qt::ClosedHandCursor);
}

void PlotView::mouseMoveEvent(QMouseEvent* event) {
  drag_to_ = event->position();
  if (drag_ == Drag::kPan) {
    const QPointF moved = drag_to_ - drag_from_;
    moveTo(panned(drag_map_, moved.x(), own_y_ ? moved.y() : 0), false);
    return;
  }
  if (drag_ == Drag::kBox) update();
  pointAt(event->position());
}

void PlotView::mouseReleaseEvent(QMouseEvent*) {
  const Drag drag = drag_;
  drag_ = Drag::kNone;
  unsetCursor();
  if (drag != Drag::kBox) return;
  const QRectF box = QRectF(drag_from_, drag_to_).normalized().intersected(drag_map_.rect());
  update();
  if (box.width() < kLeastBox) return;
  // A flat box means a range of x.
  const bool y_too = box.height() >= 2 * kLeastBox;
  const QRectF wanted =
      y_too ? box
            : QRectF(box.left(), drag_map_.rect().top(), box.width(), drag_map_.rect().height());
  view_ = boxed(drag_map_, wanted);
  own_y_ = own_y_ || y_too;
  moveTo(view_, y_too);
}

void PlotView::mouseDoubleClickEvent(QMouseEvent*) {
  drag_ = Drag::kNone;
  showAll();
}

void PlotView::leaveEvent(QEvent*) {
  setCrosshair(std::nullopt);
  Q_EMIT crosshairMoved(std::nullopt);
  if (scene_.curves.size() >= kPointable) Q_EMIT pointedAt(std::nullopt);
}

void PlotView::pointAt(const QPointF& at) {
  const PlotMap map = mapNow();
  pointer_y_ = at.y();
  std::optional<double> x;
  if (map.rect().adjusted(-2, -2, 2, 2).contains(at)) x = map.xAt(at.x());
  scene_.refresh();
  setCrosshair(x);
  Q_EMIT crosshairMoved(x);
  if (scene_.curves.size() < kPointable) return;
  std::optional<CurveId> near;
  if (x) near = curveNear(scene_, map, at.x(), at.y(), kReach);
  if (near != scene_.highlight) Q_EMIT pointedAt(near);
}

void PlotView::keyPressEvent(QKeyEvent* event) {
  const bool reads = event->modifiers() & Qt::ShiftModifier;
  if (reads && (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right)) {
    stepCrosshair(event->key() == Qt::Key_Right ? 1 : -1);
    return;
  }
  if (!moveByKey(event->key())) QWidget::keyPressEvent(event);
}

bool PlotView::moveByKey(int key) {
  const PlotMap map = mapNow();
  const double center = (view_.x_low + view_.x_high) / 2;
  const QSizeF page = map.rect().size() * kKeyPan;
  switch (key) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      moveTo(zoomedX(view_, 1 / kKeyStep, crosshair_.value_or(center)), false);
      return true;
    case Qt::Key_Minus:
      moveTo(zoomedX(view_, kKeyStep, crosshair_.value_or(center)), false);
      return true;
    case Qt::Key_Left:
      moveTo(panned(map, page.width(), 0), false);
      return true;
    case Qt::Key_Right:
      moveTo(panned(map, -page.width(), 0), false);
      return true;
    case Qt::Key_Up:
      moveTo(panned(map, 0, page.height()), true);
      return true;
    case Qt::Key_Down:
      moveTo(panned(map, 0, -page.height()), true);
      return true;
    case Qt::Key_Home:
      showAll();
      return true;
    case Qt::Key_Escape:
      if (!crosshair_) return false;
      setCrosshair(std::nullopt);
      Q_EMIT crosshairMoved(std::nullopt);
      return true;
    default:
      return false;
  }
}

bool PlotView::stepCrosshair(int direction) {
  scene_.refresh();
  const double from = crosshair_.value_or(direction > 0 ? view_.x_low : view_.x_high);
  const std::optional<double> next = neighbourOf(scene_, readingsAt(scene_, from).x, direction);
  if (!next) return false;
  setCrosshair(next);
  Q_EMIT crosshairMoved(next);
  return true;
}

}  // namespace lab::gui
