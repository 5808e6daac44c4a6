#pragma once

// Follows one job on the GUI thread through broken links and restarts of labd: its history once,
// then the live tail, no gap and no duplicate. GUI thread.

#include <QObject>
#include <QTimer>
#include <memory>
#include <vector>

#include "gui/session/lab_session.h"
#include "proto/client/watch.h"

namespace lab::gui {

class JobWatch : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this. Starts at once. `kinds` of events as in WatchJobRequest; empty: all.
  JobWatch(LabSession* session, int64_t job_id, QObject* parent = nullptr,
           std::vector<std::string> kinds = {});

  int64_t job_id() const { return job_id_; }
  // True once everything up to the job's end has been delivered.
  bool ended() const { return ended_; }
  // Goes on after an end: the job was resumed.
  void goOn();

 Q_SIGNALS:
  void arrived(const std::vector<v1::WatchEvent>& events);
  // The job's end, or a refusal that asking again will not change (a removed job). A broken link is
  // neither: the session speaks of it.
  void finished(const absl::Status& status);

 private:
  void start();
  void streamEnded(const absl::Status& status);

  LabSession* session_;
  int64_t job_id_;
  std::vector<std::string> kinds_;
  int64_t last_sequence_ = 0;
  bool ended_ = false;
  QTimer again_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace lab::gui
