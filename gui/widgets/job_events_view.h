#pragma once

// What happened to a job, the newest first. GUI thread.

#include "gui/models/job_events.h"
#include "gui/models/lab.h"
#include "gui/widgets/job_view.h"

namespace lab::gui {

class Faces;

class JobEventsView : public JobView {
  Q_OBJECT
 public:
  // `lab` outlives this.
  explicit JobEventsView(Lab* lab, QWidget* parent = nullptr);

  void setJob(int64_t id) override;

 private:
  int64_t job_ = 0;
  JobEvents events_;
  Faces* faces_;
};

}  // namespace lab::gui
