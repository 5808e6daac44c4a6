#pragma once

// Tokens as chips in running text, each shaded by a value or coloured in turn, one of them current:
// the one under the pointer, or the one the arrow keys went to. Only what is in view is painted.
// GUI thread.

#include <QAbstractScrollArea>
#include <QColor>
#include <QString>
#include <vector>

namespace lab::gui {

struct StripCell {
  enum class Look {
    kShaded,    // by `value`: 0 is the card's colour, 1 the deepest
    kColoured,  // in the series colours, by `value`
    kPlain,     // text that was given: no chip, cannot be current
    kApart,     // not part of the text: faint, in a frame
  };
  QString text;
  Look look = Look::kShaded;
  double value = 0;
  QString note;  // small, under the text: an id
};

class TokenStrip : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit TokenStrip(QWidget* parent = nullptr);

  // Shows these, from the top, or at the end if it is at the end and `growing`. The current one
  // stays if it is still there.
  void setCells(std::vector<StripCell> cells, bool growing = false);
  const std::vector<StripCell>& cells() const { return cells_; }
  // -1 for none.
  int current() const { return current_; }
  void setCurrent(int index);

 Q_SIGNALS:
  void currentChanged(int index);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  struct Box {
    double x = 0, width = 0;
    int row = 0;
  };
  void layOut();
  int rowHeight() const;
  int at(const QPoint& position) const;
  bool canBeCurrent(int index) const;
  // The nearest cell that can be current from `index` on in this direction; -1 if there is none.
  int nearest(int index, int direction) const;
  int inRow(int row, double x) const;
  void paintCell(QPainter* painter, int index) const;

  std::vector<StripCell> cells_;
  std::vector<QString> shown_;  // the cells' texts with their line ends made visible
  std::vector<Box> boxes_;
  std::vector<int> rows_;  // the first cell of each row
  bool noted_ = false;
  int current_ = -1;
};

}  // namespace lab::gui
