#pragma once

// What labd does with a config while it is written: checks it a moment after each change, gives
// back an old job's, and queues it. GUI thread.

#include <QObject>
#include <QTimer>

#include "gui/models/config_form_model.h"
#include "gui/models/job_actions.h"

namespace lab::gui {

class ConfigDesk : public QObject {
  Q_OBJECT
 public:
  // All outlive this.
  ConfigDesk(LabSession* session, JobActions* actions, ConfigFormModel* form,
             QObject* parent = nullptr);

  // True once labd has spoken of the config as it stands now.
  bool current() const { return current_; }
  // Its last word, perhaps of an older state of the config; nothing before the first.
  const v1::CheckReport& report() const { return report_; }
  // Why there is none, if labd could not check it.
  const absl::Status& status() const { return status_; }

  // Puts the config of job `id` in the form.
  void loadJob(int64_t id);
  // Queues the config. If labd refuses it, its errors stand at the fields.
  void queue();
  bool queueing() const { return queueing_; }

 Q_SIGNALS:
  // Of the report or the status, or that either is out of date.
  void changed();
  // The first of the jobs that were made.
  void queued(qint64 id);
  // Nothing was queued.
  void refused(const QString& why);
  void loaded(qint64 id);

 private:
  void configEdited();
  void check();

  LabSession* session_;
  JobActions* actions_;
  ConfigFormModel* form_;
  QTimer soon_;
  bool asking_ = false;
  bool current_ = false;
  bool queueing_ = false;
  int64_t edition_ = 0;  // grows with each change of the config
  v1::CheckReport report_;
  absl::Status status_;
};

}  // namespace lab::gui
