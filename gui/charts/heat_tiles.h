#pragma once

// Draws a table of any size: only the tiles in sight, at the level of detail that the screen can
// show, and keeps them. GUI thread.

#include <QCache>
#include <QImage>
#include <QRectF>

#include "gui/charts/color_map.h"
#include "gui/charts/heat_levels.h"

class QPainter;

namespace lab::gui {

class HeatTiles {
 public:
  HeatTiles() : cache_(kMostTiles) {}

  // `levels` and `colors` outlive their use here.
  void setSource(const HeatLevels* levels, const ColorMap* colors);
  void forget() { cache_.clear(); }
  // The cells of `cells` (columns across, rows down, fractions allowed) into `rect`, whose pixels
  // are `ratio` of the device.
  void draw(QPainter* painter, const QRectF& cells, const QRectF& rect, double ratio);

 private:
  static constexpr int kTile = 256;       // cells of a level at each side
  static constexpr int kMostTiles = 400;  // 100 MiB at most

  const QImage* tile(int level, int row, int column);

  const HeatLevels* levels_ = nullptr;
  const ColorMap* colors_ = nullptr;
  QCache<quint64, QImage> cache_;
};

}  // namespace lab::gui
