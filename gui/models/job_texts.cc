#include "gui/models/job_texts.h"

namespace lab::gui {

JobTexts::JobTexts(LabSession* session, QObject* parent) : QObject(parent), session_(session) {}

void JobTexts::setJob(int64_t id) {
  if (id == job_) return;
  job_ = id;
  ++round_;
  config_.reset();
  difference_.reset();
  artifacts_.reset();
}

template <class Answer, class Call>
void JobTexts::read(Call call, std::optional<Answer> JobTexts::*place) {
  if (job_ == 0) return;
  session_->ask(this, std::move(call),
                [this, place, round = round_](absl::StatusOr<Answer> answer) {
                  if (round != round_) return;
                  if (answer.ok()) {
                    this->*place = *std::move(answer);
                    Q_EMIT changed();
                  } else if (session_->connected()) {
                    Q_EMIT failed(answer.status());
                  }
                });
}

void JobTexts::readConfig() {
  read([id = job_](const LabClient& client) { return client.GetJobConfig(id); },
       &JobTexts::config_);
}

void JobTexts::compareWith(int64_t other) {
  difference_.reset();
  read([ids = std::vector<int64_t>{job_, other}](
           const LabClient& client) { return client.CompareConfigs(ids); },
       &JobTexts::difference_);
}

void JobTexts::readArtifacts() {
  read([id = job_](const LabClient& client) { return client.ListArtifacts(id); },
       &JobTexts::artifacts_);
}

}  // namespace lab::gui
