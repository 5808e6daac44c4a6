#pragma once

// A table of numbers as colours, of any size: attention maps, activation grids, head scores. Wheel
// and + − zoom, a drag pans, a click selects, arrows move the selection, Home shows all. The card
// at the pointer has the exact value. GUI thread.

#include <QStringList>
#include <QWidget>
#include <optional>
#include <vector>

#include "core/base/status.h"
#include "gui/charts/color_map.h"
#include "gui/charts/heat_levels.h"
#include "gui/charts/heat_tiles.h"

namespace lab::gui {

class Heatmap : public QWidget {
  Q_OBJECT
 public:
  struct Cell {
    int row = 0, column = 0;
    bool operator==(const Cell&) const = default;
  };

  explicit Heatmap(QWidget* parent = nullptr);

  // Row by row. Requires: values.size() == rows * columns.
  void setValues(int rows, int columns, std::vector<float> values);
  // The same of what was made ready before, maybe on another thread: for large tables. What it
  // held until then, which takes its time to be given back.
  HeatLevels setLevels(HeatLevels levels);
  // Of each row and column, shown where there is room and at the pointer; fewer leave numbers.
  void setLabels(QStringList rows, QStringList columns);
  // What the two directions are: "query", "key".
  void setNames(const QString& rows, const QString& columns);
  // What the number is: "attention".
  void setValueName(const QString& name);
  // Without bounds they are those of the values (from 0 for a square root).
  void setScale(ColorMap::Kind kind, std::optional<double> low = {},
                std::optional<double> high = {});
  // Cells are squares (at first) or fill the widget.
  void setSquare(bool square);

  std::optional<Cell> selected() const { return selected_; }
  // A cell; its row is framed. Absent for none.
  void select(std::optional<Cell> cell);
  void showAll();
  // What is in sight: columns across, rows down.
  QRectF cells() const { return cells_; }
  void setCells(const QRectF& cells);
  // The same part as another map of this shape shows; says nothing.
  void moveLike(const Heatmap& other);
  // The cell at a place of the widget; absent beside the map.
  std::optional<Cell> cellAt(const QPointF& place) const;
  const HeatLevels& values() const { return levels_; }

  absl::Status exportPng(const QString& path);
  // row, column, value of the cells in sight.
  std::string csv() const;

  // So large that every cell can be told from its neighbour, and is named where they are few.
  QSize wholeSize() const;
  QSize sizeHint() const override { return {420, 420}; }
  QSize minimumSizeHint() const override { return {120, 120}; }

 Q_SIGNALS:
  // cells() are others, by the user.
  void moved();
  void selectionChanged(std::optional<lab::gui::Heatmap::Cell> cell);
  void pointedAt(std::optional<lab::gui::Heatmap::Cell> cell);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void recolor();
  void layOut();
  void zoom(double factor, const QPointF& at);
  QRectF rectOf(const Cell& cell) const;
  QString rowLabel(int row) const;
  QString columnLabel(int column) const;
  void drawLabels(QPainter* painter) const;
  void drawLegend(QPainter* painter) const;
  void drawSelection(QPainter* painter) const;
  void drawPointed(QPainter* painter) const;
  void reveal(const Cell& cell);

  HeatLevels levels_;
  ColorMap colors_;
  HeatTiles tiles_;
  ColorMap::Kind kind_ = ColorMap::Kind::kSquareRoot;
  std::optional<double> low_, high_;
  QStringList row_labels_, column_labels_;
  double label_width_ = 0;  // of the widest row's
  QString row_name_, column_name_, value_name_;
  bool square_ = true;
  bool all_ = true;     // nothing was zoomed or panned
  QRectF cells_, map_;  // in sight, and where
  std::optional<Cell> selected_, pointed_;
  QPointF pointer_, drag_from_;
  QRectF drag_cells_;
  bool dragging_ = false, dragged_ = false;
};

}  // namespace lab::gui
