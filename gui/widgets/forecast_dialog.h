#pragma once

// What a run would do and cost, as labd forecasts it, before it is queued. GUI thread.

#include <QDialog>

#include "gui/models/lab.h"
#include "gui/widgets/fact_grid.h"

class QPlainTextEdit;

namespace lab::gui {

class Faces;

class ForecastDialog : public QDialog {
  Q_OBJECT
 public:
  // `lab` outlives this.
  ForecastDialog(Lab* lab, v1::ConfigText config, QWidget* parent = nullptr);

 private:
  void ask();
  void show(const v1::CheckReport& report);

  Lab* lab_;
  v1::ConfigText config_;
  Faces* faces_;
  FactGrid* facts_;
  QLabel* memory_;
  QPlainTextEdit* yaml_;
};

}  // namespace lab::gui
