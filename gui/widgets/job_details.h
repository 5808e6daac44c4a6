#pragma once

// The details of the selected job, in tabs; only the one in view asks labd. GUI thread.

#include <QTabWidget>

#include "gui/models/lab.h"

namespace lab::gui {

class GroupStats;
class JobConfigView;
class JobOverview;
class JobView;

class JobDetails : public QTabWidget {
  Q_OBJECT
 public:
  // Both outlive this.
  JobDetails(Lab* lab, GroupStats* groups, QWidget* parent = nullptr);

  // A job, or else a group; 0 and "" for neither.
  void show(int64_t job_id, const QString& group);
  // The config's tab with the difference to another job.
  void compare(int64_t job_id, int64_t other);

 private:
  void showTab();

  int64_t job_ = 0;
  QString group_;
  JobOverview* overview_;
  JobConfigView* config_;
};

}  // namespace lab::gui
