#include "gui/charts/heat_tiles.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace lab::gui {

void HeatTiles::setSource(const HeatLevels* levels, const ColorMap* colors) {
  levels_ = levels;
  colors_ = colors;
  forget();
}

const QImage* HeatTiles::tile(int level, int row, int column) {
  const quint64 key = (static_cast<quint64>(level) << 48) | (static_cast<quint64>(row) << 24) |
                      static_cast<quint64>(column);
  if (const QImage* known = cache_.object(key)) return known;
  const HeatLevels::Level& source = levels_->level(level);
  const int rows = std::min(kTile, source.rows - row * kTile);
  const int columns = std::min(kTile, source.columns - column * kTile);
  auto* image = new QImage(columns, rows, QImage::Format_RGB32);
  for (int y = 0; y < rows; ++y) {
    auto* pixel = reinterpret_cast<QRgb*>(image->scanLine(y));
    for (int x = 0; x < columns; ++x) {
      pixel[x] = colors_->colorOf(source.at(row * kTile + y, column * kTile + x));
    }
  }
  cache_.insert(key, image);
  return image;
}

void HeatTiles::draw(QPainter* painter, const QRectF& cells, const QRectF& rect, double ratio) {
  if (levels_ == nullptr || levels_->empty() || cells.isEmpty() || rect.isEmpty()) return;
  const double x_scale = rect.width() / cells.width(), y_scale = rect.height() / cells.height();
  const int level = levels_->levelFor(1 / (std::max(x_scale, y_scale) * ratio));
  const HeatLevels::Level& source = levels_->level(level);
  const double cell = std::pow(2, level);  // cells of the table in one of the level, at a side
  const double side = kTile * cell;
  const int first_row = std::max(0, static_cast<int>(cells.top() / side));
  const int first_column = std::max(0, static_cast<int>(cells.left() / side));
  painter->save();
  painter->setClipRect(rect);
  painter->setRenderHint(QPainter::SmoothPixmapTransform, false);
  painter->setRenderHint(QPainter::Antialiasing, false);
  for (int row = first_row; row * kTile < source.rows && row * side < cells.bottom(); ++row) {
    for (int column = first_column;
         column * kTile < source.columns && column * side < cells.right(); ++column) {
      const QImage* image = tile(level, row, column);
      const double left = rect.left() + (column * side - cells.left()) * x_scale;
      const double top = rect.top() + (row * side - cells.top()) * y_scale;
      painter->drawImage(
          QRectF(left, top, image->width() * cell * x_scale, image->height() * cell * y_scale),
          *image);
    }
  }
  painter->restore();
}

}  // namespace lab::gui
