#pragma once

// The checkpoints of all jobs with the loss at their steps, asked when somebody looks: of every job
// once, then only of those that went on. GUI thread.

#include <QObject>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gui/models/job_store.h"

namespace lab::gui {

struct KnownCheckpoint {
  v1::Checkpoint checkpoint;
  std::optional<double> loss;  // val/loss at its step, if that was measured
  bool best = false;           // what "12@best" means
  bool final = false;          // what "12@final" means
};

class CheckpointStore : public QObject {
  Q_OBJECT
 public:
  // Both outlive this.
  CheckpointStore(LabSession* session, JobStore* jobs, QObject* parent = nullptr);

  // True once all jobs have been asked.
  bool loaded() const { return loaded_; }
  // Why they could not be had at the last try.
  const absl::Status& status() const { return status_; }
  // By job, newest job first; only jobs that have some.
  const std::map<int64_t, std::vector<KnownCheckpoint>, std::greater<>>& all() const {
    return all_;
  }
  // What a reference such as "12", "12@500" or "12@best" means now; nullptr if nothing known.
  const KnownCheckpoint* find(const std::string& reference) const;
  // Asks for what may have changed; `everything`: for all, because files were deleted.
  void refresh(bool everything = false);

 Q_SIGNALS:
  void changed();

 private:
  void ask(std::vector<int64_t> due);
  void take(const std::vector<int64_t>& asked, const v1::ListCheckpointsResponse& answer);

  LabSession* session_;
  JobStore* jobs_;
  int link_ = 0;  // answers of an earlier one are dropped
  bool loaded_ = false;
  bool asking_ = false;
  bool wanted_ = false;  // by somebody, before the jobs were known
  bool again_ = false;   // a refresh was wanted while one ran
  absl::Status status_;
  std::map<int64_t, std::string> seen_;  // what a job was like when it was asked
  std::map<int64_t, std::vector<KnownCheckpoint>, std::greater<>> all_;
};

}  // namespace lab::gui
