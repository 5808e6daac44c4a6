#pragma once

// Small curves of ended jobs' train/loss, read once each when somebody asks. GUI thread.

#include <QObject>
#include <map>
#include <vector>

#include "gui/session/lab_session.h"

namespace lab::gui {

class SparkCache : public QObject {
  Q_OBJECT
 public:
  // `session` outlives this.
  explicit SparkCache(LabSession* session, QObject* parent = nullptr);

  // The values in step order; empty if there are none, or they have yet to come.
  const std::vector<double>& values(int64_t job_id);

 Q_SIGNALS:
  void arrived(qint64 job_id);

 private:
  LabSession* session_;
  std::map<int64_t, std::vector<double>> known_;
};

}  // namespace lab::gui
