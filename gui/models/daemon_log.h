#pragma once

// The end of labd's own log, followed while somebody looks. GUI thread.

#include <QObject>
#include <QStringList>
#include <memory>
#include <string>

#include "gui/session/lab_session.h"

namespace lab::gui {

class DaemonLog : public QObject {
  Q_OBJECT
 public:
  static constexpr int kLines = 2000;  // the newest that are asked for, and kept by a view

  // `session` outlives this.
  explicit DaemonLog(LabSession* session, QObject* parent = nullptr);

  // Begins anew from the newest lines; again by itself after a lost link.
  void follow();
  void stop();
  bool following() const { return wanted_; }
  // True once something of it came, or it ended.
  bool heard() const { return heard_; }

 Q_SIGNALS:
  // What was shown is not to be gone on with.
  void begun();
  void arrived(const QStringList& lines);
  void failed(const absl::Status& status);

 private:
  void open();
  void take(const std::vector<v1::DaemonLogChunk>& chunks);

  LabSession* session_;
  bool wanted_ = false;
  bool heard_ = false;
  std::string rest_;  // of a line that has not ended
  std::unique_ptr<Stream> stream_;
};

}  // namespace lab::gui
