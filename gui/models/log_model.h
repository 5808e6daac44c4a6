#pragma once

// The newest lines of a job's log or of labd's own, followed while somebody looks, through broken
// links and without a line twice. Bounded: what was written before is on labd's disk. GUI thread.

#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>
#include <optional>

#include "gui/session/lab_session.h"

namespace lab::gui {

class LogModel : public QObject {
  Q_OBJECT
 public:
  static constexpr int kMostLines = 5000;
  static constexpr int64_t kDaemon = 0;  // labd itself, where a job's id is asked for

  // `session` outlives this.
  explicit LogModel(LabSession* session, QObject* parent = nullptr);

  // Leaves the log followed so far for that of `job` (or kDaemon).
  void follow(int64_t job);
  // Follows none; what was shown stays.
  void stop();
  // The same log again: after a failure, or as its job runs again.
  void goOn();
  std::optional<int64_t> job() const { return job_; }
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
  std::optional<int64_t> job_;
  bool loaded_ = false;
  std::string rest_;                         // of a line whose end has not come
  std::optional<v1::LogPosition> position_;  // where to go on
  QTimer again_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace lab::gui
