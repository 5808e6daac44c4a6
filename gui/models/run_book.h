#pragma once

// The runs in view: pages that show the same job share its one stream. GUI thread.

#include <map>
#include <memory>

#include "gui/models/run.h"

namespace lab::gui {

class RunBook {
 public:
  // Both outlive the runs.
  RunBook(LabSession* session, JobStore* jobs) : session_(session), jobs_(jobs) {}

  // Followed as long as somebody holds it.
  std::shared_ptr<Run> open(int64_t job_id) {
    std::weak_ptr<Run>& known = runs_[job_id];
    std::shared_ptr<Run> run = known.lock();
    if (run == nullptr) {
      run = std::make_shared<Run>(session_, jobs_, job_id);
      known = run;
    }
    return run;
  }

 private:
  LabSession* session_;
  JobStore* jobs_;
  std::map<int64_t, std::weak_ptr<Run>> runs_;
};

}  // namespace lab::gui
