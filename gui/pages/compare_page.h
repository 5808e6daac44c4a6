#pragma once

// Compare: any runs and groups laid over each other, what they came to, in which settings they
// differ, and whether the difference is larger than chance.

#include "gui/charts/chart_types.h"
#include "gui/models/comparison.h"
#include "gui/pages/page.h"

class QComboBox;
class QTableView;

namespace lab::gui {

class Card;
class ComparisonTable;
class Faces;
class LineChart;

class ComparePage : public Page {
  Q_OBJECT
 public:
  explicit ComparePage(Lab* lab);

  // argument: names with commas between them; job: one job.
  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

 protected:
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeChart();
  QWidget* makeTable();
  QWidget* makeVerdicts();
  void choose();
  void show();
  void showCurves();
  void showMetrics();
  void showVerdicts();
  void exportTable();

  Comparison comparison_;
  Faces* faces_;
  LineChart* chart_ = nullptr;
  QComboBox* metric_ = nullptr;
  ComparisonTable* table_ = nullptr;
  QTableView* table_view_ = nullptr;
  Card* verdicts_ = nullptr;
  QVBoxLayout* verdict_rows_ = nullptr;
  std::vector<CurveId> curves_;
};

}  // namespace lab::gui
