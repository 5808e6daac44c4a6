#pragma once

// Attention heads as small maps beside each other: in rows of layers, or one after the other with a
// word below each. One is chosen, by click or arrows; the card at the pointer tells more. GUI
// thread.

#include <QAbstractScrollArea>
#include <QImage>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "gui/charts/color_map.h"
#include "gui/models/attention_map.h"
#include "gui/models/head_order.h"

namespace lab::gui {

struct GridHead {
  HeadId id;
  AttentionMap map;  // without rows: it is yet to come
  QString caption;   // below it; may be empty
};

class HeadGrid : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit HeadGrid(QWidget* parent = nullptr);

  // `columns`: how many in a row, with the layers beside the rows and the heads above the columns;
  // 0: as many as fit. A new list in an old arrangement leaves the view where it is.
  void setHeads(std::vector<GridHead> heads, int columns);
  // Each map from 0 to its own greatest; around zero all with one scale.
  void setKind(ColorMap::Kind kind);
  void setCurrent(std::optional<HeadId> id);
  std::optional<HeadId> current() const { return current_; }
  const std::vector<GridHead>& heads() const { return heads_; }
  // Lines of the card at a head's pointer; set before use.
  void setTeller(std::function<QStringList(HeadId)> teller) { teller_ = std::move(teller); }
  absl::Status exportPng(const QString& path);
  // The least and the most of the maps' greatest values.
  std::pair<float, float> strongest() const;
  // Is only drawn from now on: all heads in sight, none chosen.
  void makeStill();

  QSize sizeHint() const override { return {380, 380}; }

 Q_SIGNALS:
  void chosen(lab::gui::HeadId id);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void recolor();
  void layOut();
  QRectF rectOf(int index) const;  // of the map, in the viewport
  int at(const QPointF& place) const;
  int indexOf(std::optional<HeadId> id) const;
  void choose(int index);
  void drawHead(QPainter* painter, int index, const QRectF& place) const;
  void drawNames(QPainter* painter) const;
  void drawTold(QPainter* painter) const;

  std::vector<GridHead> heads_;
  std::vector<QImage> images_;
  int columns_ = 0;
  ColorMap::Kind kind_ = ColorMap::Kind::kSquareRoot;
  std::optional<HeadId> current_;
  std::function<QStringList(HeadId)> teller_;
  int still_columns_ = 0;  // of what is only drawn
  int in_row_ = 1;
  double side_ = 0;
  bool captions_ = false;
  int pointed_ = -1;
  QPointF pointer_;
};

}  // namespace lab::gui
