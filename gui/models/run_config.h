#pragma once

// The settings of one job as they act now, which of them may change while it runs, and what its
// cost was forecast to be. GUI thread.

#include <QObject>
#include <map>
#include <vector>

#include "gui/models/catalog.h"
#include "gui/models/config_form_model.h"
#include "gui/models/job_actions.h"

namespace lab::gui {

class RunConfig : public QObject {
  Q_OBJECT
 public:
  // `session` and `actions` outlive this. Asks at once, and again after a lost link.
  RunConfig(LabSession* session, JobActions* actions, int64_t id, QObject* parent = nullptr);

  // "0.001" for "optim.learning_rate"; "" if it is unset or not known yet.
  QString value(const QString& field) const;
  // Of the first member of its group; empty until it is known.
  const v1::Forecast& forecast() const { return forecast_; }
  // Those of the type's fields that may change while the job runs, at their present values.
  std::vector<FormField> liveFields(const v1::JobType& type) const;
  // Asks labd to change these.
  void set(const std::vector<FormField>& fields);

 Q_SIGNALS:
  void changed();
  void accepted();
  // What is wrong, by field, and in one sentence.
  void refused(const lab::v1::CheckReport& report, const QString& why);

 private:
  void load();
  void askForecast(const v1::ConfigText& config);

  LabSession* session_;
  JobActions* actions_;
  int64_t id_;
  std::map<QString, QString> values_;
  v1::Forecast forecast_;
};

}  // namespace lab::gui
