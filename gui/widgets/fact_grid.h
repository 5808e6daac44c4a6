#pragma once

// Names and values side by side; what has no value has no place. Values change in place. GUI
// thread.

#include <QWidget>

#include "gui/widgets/parts.h"

namespace lab::gui {

class FactGrid : public QWidget {
  Q_OBJECT
 public:
  enum class Flow {
    kList,     // one below the other, long values wrapped
    kColumns,  // in as many columns as there is room for, long values shortened
  };
  explicit FactGrid(Flow flow, QWidget* parent = nullptr);

  void show(const std::vector<Fact>& facts);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void setCount(size_t count);
  void arrange();

  Flow flow_;
  std::vector<std::pair<QLabel*, QLabel*>> cells_;
  int columns_ = 0;  // as arranged; 0: to be arranged anew
};

}  // namespace lab::gui
