#pragma once

// Names and values in two columns; what has no value has no row. GUI thread.

#include <QWidget>

#include "gui/widgets/parts.h"

class QGridLayout;

namespace lab::gui {

class FactGrid : public QWidget {
  Q_OBJECT
 public:
  explicit FactGrid(QWidget* parent = nullptr);

  // Values change in place; those that are empty are left out.
  void show(const std::vector<Fact>& facts);

 private:
  QGridLayout* grid_;
  std::vector<std::pair<QLabel*, QLabel*>> rows_;
};

}  // namespace lab::gui
