#include "gui/models/run_config.h"

#include "gui/models/words.h"
#include "proto/client/lab_client.h"

namespace lab::gui {

RunConfig::RunConfig(LabSession* session, JobActions* actions, int64_t id, QObject* parent)
    : QObject(parent), session_(session), actions_(actions), id_(id) {
  connect(session, &LabSession::linked, this, &RunConfig::load);
  if (session->connected()) load();
}

void RunConfig::load() {
  session_->ask(
      this, [id = id_](const LabClient& client) { return client.GetJobConfig(id); },
      [this](const absl::StatusOr<v1::JobConfig>& config) {
        if (!config.ok()) return;  // who watches the job hears of it
        values_.clear();
        const std::string& now = config->current().empty() ? config->resolved() : config->current();
        for (const Setting& setting : readSettings(q(now)).settings) {
          if (setting.flow != QStringLiteral("null")) values_[setting.field] = setting.text;
        }
        Q_EMIT changed();
        if (!forecast_.has_memory_bytes()) askForecast(config->submitted());
      });
}

void RunConfig::askForecast(const v1::ConfigText& config) {
  v1::CheckJobRequest request;
  *request.mutable_config() = config;
  session_->ask(
      this, [request](const LabClient& client) { return client.CheckJob(request); },
      [this](const absl::StatusOr<v1::CheckReport>& report) {
        if (!report.ok() || !report->has_forecast()) return;
        forecast_ = report->forecast();
        Q_EMIT changed();
      });
}

QString RunConfig::value(const QString& field) const {
  auto found = values_.find(field);
  return found == values_.end() ? QString() : found->second;
}

std::vector<FormField> RunConfig::liveFields(const v1::JobType& type) const {
  std::vector<FormField> fields;
  for (const v1::Field& spec : type.fields()) {
    if (!spec.live()) continue;
    FormField field = formField(spec);
    // What acts now is where a change begins.
    field.fallback = field.value = value(q(spec.name()));
    fields.push_back(std::move(field));
  }
  return fields;
}

void RunConfig::set(const std::vector<FormField>& fields) {
  std::vector<std::string> overrides;
  for (const FormField& field : fields) {
    overrides.push_back(field.spec.name() + "=" + utf8(yamlOf(field)));
  }
  actions_->set(id_, overrides, [this](const absl::Status& status) {
    if (status.ok()) {
      load();
      Q_EMIT accepted();
    } else {
      Q_EMIT refused(CheckReportOf(status).value_or(v1::CheckReport()), q(status.message()));
    }
  });
}

}  // namespace lab::gui
