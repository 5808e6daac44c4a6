#pragma once

// One job, live: its record, series, samples, checkpoints and marks, from its history on. GUI
// thread.

#include <QObject>
#include <map>
#include <string>
#include <vector>

#include "gui/models/job_store.h"
#include "gui/models/series.h"
#include "gui/session/job_watch.h"

namespace lab::gui {

class Run : public QObject {
  Q_OBJECT
 public:
  // What an update brought; several at once.
  enum Part : unsigned {
    kState = 1,
    kProgress = 2,
    kMetrics = 4,
    kSamples = 8,
    kCheckpoints = 16,
    kMarks = 32,
  };

  // `session` and `jobs` outlive this.
  Run(LabSession* session, JobStore* jobs, int64_t id, QObject* parent = nullptr);

  int64_t id() const { return id_; }
  // As last known; its id is 0 until something is.
  const v1::Job& job() const { return job_; }
  const v1::Progress& progress() const { return progress_; }
  // True once the history is in: the first batch of it has been shown.
  bool loaded() const { return loaded_; }

  // nullptr if nothing was logged under this name.
  const Series* series(const std::string& name) const;
  const std::map<std::string, Series>& all_series() const { return series_; }
  // In step order.
  const std::vector<v1::Sample>& samples() const { return samples_; }
  const std::vector<v1::Checkpoint>& checkpoints() const { return checkpoints_; }
  const std::vector<v1::Mark>& marks() const { return marks_; }

 Q_SIGNALS:
  // `parts` is a union of Part.
  void changed(unsigned parts);
  // The job is gone or labd refuses it.
  void failed(const absl::Status& status);

 private:
  void take(const std::vector<v1::WatchEvent>& events);
  unsigned take(const v1::WatchEvent& event);
  void takePoints(const v1::MetricPoints& points);
  void rewind(int64_t step);
  void lookUp();

  int64_t id_;
  JobStore* jobs_;
  v1::Job job_;
  v1::Progress progress_;
  bool loaded_ = false;
  std::map<std::string, Series> series_;
  std::vector<v1::Sample> samples_;
  std::vector<v1::Checkpoint> checkpoints_;
  std::vector<v1::Mark> marks_;
  JobWatch watch_;
};

}  // namespace lab::gui
