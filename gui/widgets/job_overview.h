#pragma once

// What is known of a job in short: its error with the way out, facts, changes made while it ran; of
// a group its grid points with mean and error. GUI thread.

#include "gui/models/group_stats.h"
#include "gui/models/job_texts.h"
#include "gui/models/lab.h"
#include "gui/widgets/job_view.h"

class QTableWidget;

namespace lab::gui {

class Chip;
class FactGrid;

class JobOverview : public JobView {
  Q_OBJECT
 public:
  // Both outlive this.
  JobOverview(Lab* lab, GroupStats* groups, QWidget* parent = nullptr);

  void setJob(int64_t id) override;
  // Shows a group instead; "" for none.
  void setGroup(const QString& name);

 private:
  void show();
  void showJob(const v1::Job& job);
  void showPoints();

  Lab* lab_;
  GroupStats* groups_;
  JobTexts texts_;
  QString group_;
  QLabel* name_;
  Chip* state_;
  QLabel* verdict_;
  QLabel* error_;
  FactGrid* facts_;
  QLabel* changes_;
  QTableWidget* points_;
};

}  // namespace lab::gui
