#pragma once

// A pattern as lines between two columns of its tokens, from each query at the left to the keys
// that it looks at, the stronger the darker; of one query alone while one is selected. Only what is
// in view is drawn. GUI thread.

#include <QAbstractScrollArea>
#include <QStringList>
#include <memory>

#include "core/base/status.h"
#include "gui/models/attention_map.h"

namespace lab::gui {

class AttentionLines : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit AttentionLines(QWidget* parent = nullptr);

  // A label each query and key; `most` is the greatest magnitude of its values.
  void setMap(std::shared_ptr<const AttentionMap> map, QStringList labels, float most);
  // Whether its values have two signs.
  void setSigned(bool is_signed);
  int selected() const { return selected_; }
  // -1 for none.
  void select(int query);
  absl::Status exportPng(const QString& path);

 Q_SIGNALS:
  void selectionChanged(int query);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  void layOut();
  int count() const { return map_ ? map_->queries : 0; }
  double yOf(int token) const;
  int at(const QPointF& place) const;  // a query; -1 beside them
  void drawLines(QPainter* painter, int query, bool alone) const;
  void drawTokens(QPainter* painter, int shown) const;

  std::shared_ptr<const AttentionMap> map_;
  QStringList labels_;
  bool signed_ = false;
  float most_ = 1;
  double word_ = 0;  // width of the tokens
  int selected_ = -1, pointed_ = -1;
};

}  // namespace lab::gui
