#pragma once

// One number that matters, with its unit and what it means. GUI thread.

#include "gui/models/run_figures.h"
#include "gui/widgets/parts.h"

namespace lab::gui {

class MetricCard : public QFrame {
  Q_OBJECT
 public:
  explicit MetricCard(QWidget* parent = nullptr);
  void show(const Figure& figure);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void fit();

  QLabel* name_;
  QLabel* value_;
  QLabel* unit_;
  QLabel* note_;
  QString note_text_;
};

}  // namespace lab::gui
