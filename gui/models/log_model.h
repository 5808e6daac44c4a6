#pragma once

// The newest lines of a job's log, followed until the job ends and through broken links. Bounded:
// what was written before is on labd's disk. GUI thread.

#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>

#include "gui/session/lab_session.h"

namespace lab::gui {

class LogModel : public QObject {
  Q_OBJECT
 public:
  static constexpr int kMostLines = 5000;

  // `session` outlives this.
  explicit LogModel(LabSession* session, QObject* parent = nullptr);

  // Leaves the log followed so far; 0 for none.
  void follow(int64_t job_id);
  // The job runs again: goes on if the log had come to its end.
  void goOn();
  int64_t job() const { return job_; }
  // True once labd has sent what there was, or has nothing to send.
  bool loaded() const { return loaded_; }

 Q_SIGNALS:
  // The log begins anew: what was shown goes.
  void cleared();
  // Whole lines, with their newlines.
  void appended(const QString& lines);
  void failed(const absl::Status& status);
  void settled();

 private:
  void open();
  void take(const std::vector<v1::LogChunk>& chunks);
  void end(const absl::Status& status);

  LabSession* session_;
  int64_t job_ = 0;
  bool loaded_ = false;
  std::string rest_;  // of a line whose end has not come
  QTimer again_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace lab::gui
