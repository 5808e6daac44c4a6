#include "gui/models/config_desk.h"

#include "gui/models/words.h"
#include "proto/client/lab_client.h"

namespace lab::gui {
namespace {

constexpr int kSoonMs = 250;    // after the last key
constexpr int kAgainMs = 1000;  // while labd's worker still starts

}  // namespace

ConfigDesk::ConfigDesk(LabSession* session, JobActions* actions, ConfigFormModel* form,
                       QObject* parent)
    : QObject(parent), session_(session), actions_(actions), form_(form) {
  soon_.setSingleShot(true);
  connect(&soon_, &QTimer::timeout, this, &ConfigDesk::check);
  connect(form, &ConfigFormModel::edited, this, &ConfigDesk::configEdited);
  connect(session, &LabSession::linked, this, [this] {
    asking_ = false;
    ++edition_;
    check();
  });
}

void ConfigDesk::configEdited() {
  ++edition_;
  current_ = false;
  soon_.start(kSoonMs);
  Q_EMIT changed();
}

void ConfigDesk::check() {
  // One at a time: the answer to an older text asks again.
  if (asking_ || !session_->connected() || form_->type().name().empty()) return;
  asking_ = true;
  v1::CheckJobRequest request;
  *request.mutable_config() = form_->config();
  session_->ask(
      this, [request](const LabClient& client) { return client.CheckJob(request); },
      [this, edition = edition_](absl::StatusOr<v1::CheckReport> report) {
        asking_ = false;
        if (edition != edition_) {
          if (!soon_.isActive()) check();
          return;
        }
        // The window speaks of a lost link, and a new one asks again.
        if (!report.ok() && !session_->connected()) return;
        status_ = report.status();
        if (report.ok()) {
          current_ = true;
          report_ = *std::move(report);
          form_->take(report_);
        } else if (absl::IsUnavailable(status_)) {
          soon_.start(kAgainMs);
        }
        Q_EMIT changed();
      });
}

void ConfigDesk::loadJob(int64_t id) {
  session_->ask(
      this, [id](const LabClient& client) { return client.GetJobConfig(id); },
      [this, id](const absl::StatusOr<v1::JobConfig>& config) {
        if (!config.ok()) {
          Q_EMIT refused(q(config.status().message()));
          return;
        }
        form_->load(config->submitted());
        Q_EMIT loaded(id);
      });
}

void ConfigDesk::queue() {
  if (queueing_) return;
  queueing_ = true;
  Q_EMIT changed();
  actions_->submit(form_->request(),
                   [this, edition = edition_](const absl::StatusOr<v1::CreateJobResponse>& answer) {
                     queueing_ = false;
                     Q_EMIT changed();
                     if (answer.ok() && answer->job_ids_size() > 0) {
                       Q_EMIT queued(answer->job_ids(0));
                       return;
                     }
                     const std::optional<v1::CheckReport> report = CheckReportOf(answer.status());
                     if (report && edition == edition_) {
                       report_ = *report;
                       current_ = true;
                       form_->take(report_);
                       Q_EMIT changed();
                     }
                     Q_EMIT refused(q(answer.status().message()));
                   });
}

}  // namespace lab::gui
