#pragma once

// A drop-down list that the wheel scrolls past unless it has the keyboard, with an arrow in the
// theme's colour. GUI thread.

#include <QComboBox>

namespace lab::gui {

class Choice : public QComboBox {
  Q_OBJECT
 public:
  explicit Choice(QWidget* parent = nullptr);

 protected:
  void wheelEvent(QWheelEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace lab::gui
