#pragma once

// Pretrain: the form that starts runs (widgets/new_run.h), and a run live (widgets/run_view.h).
// Without a job to show it shows the one that runs, else the form.

#include "gui/pages/page.h"

class QComboBox;
class QStackedWidget;

namespace lab::gui {

class Chip;
class NewRun;
class RunView;

class PretrainPage : public Page {
  Q_OBJECT
 public:
  explicit PretrainPage(Lab* lab);

  // Understands a job, with "step:600" at the samples of that step; and "new", "config:12" (a form
  // with that job's config), "preset:first_run".
  void visit(const Route& route) override;
  bool settled() const override;
  bool failed() const override;

  NewRun* new_run() const { return new_run_; }
  RunView* run_view() const { return run_view_; }
  bool showsRun() const;

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void showRun(int64_t id);
  void showForm();
  // The run that is going, else the form; waits for the list of jobs if need be.
  void choose();
  void showHead();
  void fillRuns();

  QComboBox* runs_;
  Chip* state_;
  QStackedWidget* views_;
  NewRun* new_run_;
  RunView* run_view_;
  bool undecided_ = false;  // choose() waits for the list of jobs
};

}  // namespace lab::gui
