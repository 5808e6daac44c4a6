#pragma once

// What a sweep found: a setting against a result as dots, and the same as a table that sorts. A
// click on a dot finds its row and back. GUI thread.

#include <QSortFilterProxyModel>
#include <QWidget>

#include "gui/models/color_book.h"
#include "gui/models/comparison.h"
#include "gui/models/sweep_table.h"

class QComboBox;
class QPushButton;
class QTableView;

namespace lab::gui {

class Faces;
class ScatterChart;

class SweepView : public QWidget {
  Q_OBJECT
 public:
  // All outlive this.
  SweepView(const Comparison* comparison, ColorBook* colors, QWidget* parent = nullptr);

  // Takes up what the comparison holds now.
  void take();

 Q_SIGNALS:
  // A run is to be looked at.
  void opened(qint64 job);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeChart();
  QWidget* makeTable();
  void fillSettings();
  void choose(int index);
  void askForExport();
  void showChosen();
  void drawDots(const SweepAxis& axis, const std::vector<SweepPoint>& points);

  const Comparison* comparison_;
  ColorBook* colors_;
  SweepTable table_;
  QSortFilterProxyModel sorted_;
  std::vector<SweepAxis> axes_;
  QString field_;  // of the setting that was chosen; "" for the first
  SweepResult result_ = SweepResult::kLast;
  bool log_ = false;
  Faces* faces_;
  QComboBox* setting_ = nullptr;
  QPushButton* last_ = nullptr;
  QPushButton* best_ = nullptr;
  QPushButton* log_button_ = nullptr;
  ScatterChart* chart_ = nullptr;
  QTableView* table_view_ = nullptr;
};

}  // namespace lab::gui
