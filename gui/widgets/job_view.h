#pragma once

// One tab of the details of a job. It asks for nothing while it is not in view. GUI thread.

#include <QWidget>

namespace lab::gui {

class JobView : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;
  // Shows this job; 0 while another tab is in view or no job is selected.
  virtual void setJob(int64_t id) = 0;
};

}  // namespace lab::gui
