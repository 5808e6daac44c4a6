#include "gui/charts/heatmap.h"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/charts/heatmap_sizes.h"
#include "gui/charts/picture.h"
#include "gui/models/words.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kWheelStep = 1.25, kKeyStep = 1.5;
constexpr double kLeastInSight = 2;  // cells
constexpr int kMeasuredLabels = 500;
constexpr int kRoomyCell = 18, kLeastWhole = 260, kMostWhole = 2400;  // pixels of the whole
constexpr double kMoved = 4;  // pixels that make a click a drag

QRectF within(QRectF cells, double columns, double rows) {
  cells.setWidth(std::min(cells.width(), columns));
  cells.setHeight(std::min(cells.height(), rows));
  cells.moveLeft(std::clamp(cells.left(), 0.0, columns - cells.width()));
  cells.moveTop(std::clamp(cells.top(), 0.0, rows - cells.height()));
  return cells;
}

}  // namespace

Heatmap::Heatmap(QWidget* parent) : QWidget(parent) {
  QFont small = font();
  small.setPixelSize(type::kCaption);
  setFont(small);
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Heat map"));
  setAccessibleDescription(tr("Plus and minus zoom, arrows move the selection, Home shows all."));
  tiles_.setSource(&levels_, &colors_);
}

void Heatmap::setValues(int rows, int columns, std::vector<float> values) {
  setLevels(HeatLevels(rows, columns, std::move(values)));
}

HeatLevels Heatmap::setLevels(HeatLevels levels) {
  const bool same_shape = levels.rows() == levels_.rows() && levels.columns() == levels_.columns();
  std::swap(levels_, levels);
  pointed_.reset();
  if (!same_shape) {
    selected_.reset();
    all_ = true;
  }
  recolor();
  layOut();
  return levels;
}

void Heatmap::setLabels(QStringList rows, QStringList columns) {
  if (rows == row_labels_ && columns == column_labels_) return;
  row_labels_ = std::move(rows);
  column_labels_ = std::move(columns);
  const QFontMetricsF mono(monoFont(type::kCaption));
  label_width_ = 0;
  for (const QString& text : row_labels_.mid(0, kMeasuredLabels)) {
    label_width_ = std::max(label_width_, mono.horizontalAdvance(text));
  }
  layOut();
}

void Heatmap::setNames(const QString& rows, const QString& columns) {
  row_name_ = rows;
  column_name_ = columns;
  layOut();
}

void Heatmap::setValueName(const QString& name) {
  value_name_ = name;
  setAccessibleName(tr("Heat map of %1").arg(name));
  update();
}

void Heatmap::setScale(ColorMap::Kind kind, std::optional<double> low, std::optional<double> high) {
  kind_ = kind;
  low_ = low;
  high_ = high;
  recolor();
}

void Heatmap::setSquare(bool square) {
  square_ = square;
  layOut();
}

void Heatmap::recolor() {
  const double least =
      kind_ == ColorMap::Kind::kSquareRoot ? std::min(0.0F, levels_.low()) : levels_.low();
  const double low = low_.value_or(least), high = high_.value_or(levels_.high());
  colors_ = ColorMap(kind_, std::min(low, high), std::max(low, high), tokensOf(this));
  tiles_.forget();
  update();
}

void Heatmap::select(std::optional<Cell> cell) {
  if (cell == selected_) return;
  selected_ = cell;
  update();
  Q_EMIT selectionChanged(cell);
}

void Heatmap::showAll() {
  all_ = true;
  layOut();
}

void Heatmap::setCells(const QRectF& cells) {
  all_ = false;
  cells_ = within(cells, levels_.columns(), levels_.rows());
  layOut();
}

void Heatmap::moveLike(const Heatmap& other) {
  all_ = other.all_;
  cells_ = within(other.cells_, levels_.columns(), levels_.rows());
  layOut();
}

// Where the map and its names go.
void Heatmap::layOut() {
  const double columns = levels_.columns(), rows = levels_.rows();
  if (all_) cells_ = QRectF(0, 0, columns, rows);
  const QFontMetricsF mono(monoFont(type::kCaption));
  const double label =
      std::max(mono.horizontalAdvance(QString::number(levels_.rows())), label_width_);
  const double line = QFontMetricsF(font()).height();
  const double left = std::ceil(std::min(label, heat::kMostLabel)) + space::kSmall;
  const double below = column_labels_.isEmpty() ? line : heat::kMostLabel * 0.8;
  const double legend = line + space::kSmall + heat::kLegendHeight;
  // The last column's name slants out of the map.
  const double right = column_labels_.isEmpty() ? space::kSmall : heat::kMostLabel / 2;
  QRectF room(left, line + space::kTiny, width() - left - right,
              height() - below - legend - line - 3 * space::kTiny);
  if (room.width() < 8 || room.height() < 8 || cells_.isEmpty()) {
    map_ = {};
    update();
    return;
  }
  if (square_) {
    const double scale = std::min(room.width() / cells_.width(), room.height() / cells_.height());
    if (!all_) {
      // Zoomed: fill the room with more cells where there are any.
      const QPointF center = cells_.center();
      QRectF wider(0, 0, room.width() / scale, room.height() / scale);
      wider.moveCenter(center);
      cells_ = within(wider, columns, rows);
    }
    room.setWidth(cells_.width() * scale);
    room.setHeight(cells_.height() * scale);
  }
  map_ = room;
  update();
}

std::optional<Heatmap::Cell> Heatmap::cellAt(const QPointF& place) const {
  if (map_.isEmpty() || !map_.contains(place)) return std::nullopt;
  const double x = cells_.left() + (place.x() - map_.left()) / map_.width() * cells_.width();
  const double y = cells_.top() + (place.y() - map_.top()) / map_.height() * cells_.height();
  return Cell{std::clamp(static_cast<int>(y), 0, levels_.rows() - 1),
              std::clamp(static_cast<int>(x), 0, levels_.columns() - 1)};
}

QRectF Heatmap::rectOf(const Cell& cell) const {
  const double width = map_.width() / cells_.width(), height = map_.height() / cells_.height();
  return QRectF(map_.left() + (cell.column - cells_.left()) * width,
                map_.top() + (cell.row - cells_.top()) * height, width, height);
}

QString Heatmap::rowLabel(int row) const {
  return row < row_labels_.size() ? row_labels_[row] : QString::number(row);
}

QString Heatmap::columnLabel(int column) const {
  return column < column_labels_.size() ? column_labels_[column] : QString::number(column);
}

void Heatmap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  if (map_.isEmpty()) return;
  tiles_.draw(&painter, cells_, map_, devicePixelRatioF());
  const Tokens& tokens = tokensOf(this);
  painter.setPen(QPen(tokens.line, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(map_.toAlignedRect());
  painter.setRenderHint(QPainter::Antialiasing);
  drawLabels(&painter);
  drawLegend(&painter);
  drawSelection(&painter);
  if (pointed_ && !dragged_) drawPointed(&painter);
}

void Heatmap::zoom(double factor, const QPointF& at) {
  if (map_.isEmpty()) return;
  const double x = cells_.left() + (at.x() - map_.left()) / map_.width() * cells_.width();
  const double y = cells_.top() + (at.y() - map_.top()) / map_.height() * cells_.height();
  const double least = kLeastInSight / std::min(cells_.width(), cells_.height());
  factor = std::max(factor, least);
  const bool everything =
      cells_.width() * factor >= levels_.columns() && cells_.height() * factor >= levels_.rows();
  if (everything) {
    showAll();
  } else {
    setCells(QRectF(x + (cells_.left() - x) * factor, y + (cells_.top() - y) * factor,
                    cells_.width() * factor, cells_.height() * factor));
  }
  Q_EMIT moved();
}

void Heatmap::resizeEvent(QResizeEvent*) { layOut(); }

void Heatmap::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) recolor();
}

void Heatmap::wheelEvent(QWheelEvent* event) {
  const int turn = event->angleDelta().y();
  if (turn == 0 || (turn < 0 && all_)) {
    event->ignore();  // all is shown: the page may scroll
    return;
  }
  zoom(std::pow(kWheelStep, -turn / 120.0), event->position());
}

void Heatmap::mousePressEvent(QMouseEvent* event) {
  dragging_ = event->button() == Qt::LeftButton || event->button() == Qt::MiddleButton;
  dragged_ = false;
  drag_from_ = event->position();
  drag_cells_ = cells_;
}

void Heatmap::mouseMoveEvent(QMouseEvent* event) {
  pointer_ = event->position();
  const QPointF way = pointer_ - drag_from_;
  if (dragging_ && !map_.isEmpty() && (dragged_ || way.manhattanLength() > kMoved)) {
    dragged_ = true;
    if (all_) return;
    cells_ = within(drag_cells_.translated(-way.x() / map_.width() * cells_.width(),
                                           -way.y() / map_.height() * cells_.height()),
                    levels_.columns(), levels_.rows());
    update();
    Q_EMIT moved();
    return;
  }
  const std::optional<Cell> cell = cellAt(pointer_);
  if (cell != pointed_) Q_EMIT pointedAt(cell);
  pointed_ = cell;
  update();
}

void Heatmap::mouseReleaseEvent(QMouseEvent* event) {
  if (dragging_ && !dragged_ && event->button() == Qt::LeftButton) {
    select(cellAt(event->position()));
  }
  dragging_ = dragged_ = false;
}

void Heatmap::mouseDoubleClickEvent(QMouseEvent*) {
  showAll();
  Q_EMIT moved();
}

void Heatmap::leaveEvent(QEvent*) {
  if (pointed_) Q_EMIT pointedAt(std::nullopt);
  pointed_.reset();
  update();
}

void Heatmap::reveal(const Cell& cell) {
  QRectF cells = cells_;
  if (cell.column < cells.left()) cells.moveLeft(cell.column);
  if (cell.column + 1 > cells.right()) cells.moveRight(cell.column + 1);
  if (cell.row < cells.top()) cells.moveTop(cell.row);
  if (cell.row + 1 > cells.bottom()) cells.moveBottom(cell.row + 1);
  if (cells == cells_) return;
  cells_ = within(cells, levels_.columns(), levels_.rows());
  Q_EMIT moved();
}

void Heatmap::keyPressEvent(QKeyEvent* event) {
  if (levels_.empty()) return QWidget::keyPressEvent(event);
  const int key = event->key();
  if (key == Qt::Key_Plus || key == Qt::Key_Equal || key == Qt::Key_Minus) {
    const QPointF at = selected_ ? rectOf(*selected_).center() : map_.center();
    zoom(key == Qt::Key_Minus ? kKeyStep : 1 / kKeyStep, at);
    return;
  }
  if (key == Qt::Key_Home) {
    showAll();
    Q_EMIT moved();
    return;
  }
  if (key == Qt::Key_Escape && selected_) return select(std::nullopt);
  const int right = (key == Qt::Key_Right) - (key == Qt::Key_Left);
  const int down = (key == Qt::Key_Down) - (key == Qt::Key_Up);
  if (right == 0 && down == 0) return QWidget::keyPressEvent(event);
  Cell next = selected_.value_or(
      Cell{static_cast<int>(cells_.top()) - down, static_cast<int>(cells_.left()) - right});
  next.row = std::clamp(next.row + down, 0, levels_.rows() - 1);
  next.column = std::clamp(next.column + right, 0, levels_.columns() - 1);
  reveal(next);
  select(next);
}

QSize Heatmap::wholeSize() const {
  auto along = [](int count) {
    return count * std::clamp(kMostWhole / std::max(1, count), 1, kRoomyCell);
  };
  const int beside = static_cast<int>(2 * heat::kMostLabel), below = beside;
  return QSize(std::max(along(levels_.columns()), kLeastWhole) + beside,
               std::max(along(levels_.rows()), square_ ? kLeastWhole : kLeastWhole / 2) + below);
}

absl::Status Heatmap::exportPng(const QString& path) { return savePicture(this, path); }

std::string Heatmap::csv() const {
  std::string text = "row,column,value\n";
  for (int row = static_cast<int>(cells_.top()); row < cells_.bottom(); ++row) {
    for (int column = static_cast<int>(cells_.left()); column < cells_.right(); ++column) {
      const float value = levels_.level(0).at(row, column);
      text += std::to_string(row) + "," + std::to_string(column) + "," +
              (std::isfinite(value) ? QString::number(value, 'g', 9).toStdString() : "NaN") + "\n";
    }
  }
  return text;
}

}  // namespace lab::gui
