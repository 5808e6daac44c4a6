#pragma once

// The log of the job in view, which goes on when the job does. GUI thread.

#include "gui/models/lab.h"
#include "gui/widgets/job_view.h"
#include "gui/widgets/log_view.h"

namespace lab::gui {

class JobLogView : public JobView {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit JobLogView(Lab* lab, QWidget* parent = nullptr);

  void setJob(int64_t id) override;

 private:
  void look();

  Lab* lab_;
  LogView* view_;
  bool running_ = false;  // as last seen
};

}  // namespace lab::gui
