#pragma once

// Compare: any runs and groups laid over each other, what they came to, in which settings they
// differ, and whether the difference is larger than chance; and one setting against the result.

#include "gui/models/comparison.h"
#include "gui/pages/page.h"

class QComboBox;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace lab::gui {

class Card;
class ComparedChart;
class ComparisonTable;
class Faces;
class SweepView;

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

 private:
  void makeActions();
  void makeViews();
  QWidget* makeChart();
  QWidget* makeTable();
  QWidget* makeVerdicts();
  void choose();
  void update(const v1::UpdateJobRequest& request);
  void showAnswer();
  // The curves with their table, or one setting against the result.
  void showSweep(bool sweep);
  void showMetrics();
  void showVerdicts();
  void exportTable();

  Comparison comparison_;
  Faces* faces_;
  QStackedWidget* views_ = nullptr;
  QPushButton* as_curves_ = nullptr;
  QPushButton* as_sweep_ = nullptr;
  ComparedChart* chart_ = nullptr;
  SweepView* sweep_ = nullptr;
  QComboBox* metric_ = nullptr;
  ComparisonTable* table_ = nullptr;
  QTableView* table_view_ = nullptr;
  QLabel* refused_ = nullptr;  // why what was typed in the table was not taken
  Card* verdicts_ = nullptr;
  QVBoxLayout* verdict_rows_ = nullptr;
};

}  // namespace lab::gui
