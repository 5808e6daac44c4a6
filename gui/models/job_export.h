#pragma once

// A job with all its data on its way into a file of this machine, off the GUI thread. The file
// appears when it is whole, or not at all. GUI thread.

#include <QObject>
#include <QString>
#include <memory>

#include "gui/session/lab_session.h"

namespace lab::gui {

class JobExport : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit JobExport(LabSession* session, QObject* parent = nullptr);

  bool running() const { return stream_ != nullptr; }
  const QString& file() const { return file_; }
  int64_t job() const { return job_; }
  int64_t bytes_done() const { return done_; }
  int64_t bytes_expected() const { return expected_; }  // about; 0 while unknown

  // Begins. Requires: none is running.
  void start(int64_t job, v1::ExportJobsRequest::Checkpoints checkpoints, const QString& file);
  // Leaves nothing behind.
  void cancel();

 Q_SIGNALS:
  void changed();
  // Not after a cancel.
  void finished(const absl::Status& status);

 private:
  struct Progress {
    int64_t done = 0, expected = 0;
  };
  LabSession* session_;
  std::unique_ptr<Stream> stream_;
  QString file_;
  int64_t job_ = 0, done_ = 0, expected_ = 0;
};

}  // namespace lab::gui
