#pragma once

// Brings an artifact of a job to this machine, off the GUI thread: whole, or nothing is left of it.
// GUI thread.

#include <QObject>
#include <QString>
#include <memory>

#include "gui/session/lab_session.h"

namespace lab::gui {

class Download : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this. Starts at once and replaces what stands at `target`; dropping it stops
  // it. `total_bytes` is what the progress is measured against.
  Download(LabSession* session, int64_t job_id, const std::string& artifact, int64_t total_bytes,
           const QString& target, QObject* parent = nullptr);

  const QString& target() const { return target_; }

 Q_SIGNALS:
  // 0..1.
  void progressed(double fraction);
  void finished(const absl::Status& status);

 private:
  QString target_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace lab::gui
