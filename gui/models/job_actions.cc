#include "gui/models/job_actions.h"

#include <QUuid>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

// Makes a retry after a broken link safe.
std::string freshId() { return utf8(QUuid::createUuid().toString(QUuid::WithoutBraces)); }

}  // namespace

JobActions::JobActions(LabSession* session, JobStore* jobs, QObject* parent)
    : QObject(parent), session_(session), jobs_(jobs) {}

QString JobActions::nameOf(Verb verb) {
  switch (verb) {
    case Verb::kPause:
      return tr("pause");
    case Verb::kResume:
      return tr("resume");
    case Verb::kCancel:
      return tr("cancel");
    case Verb::kCheckpoint:
      return tr("checkpoint");
    case Verb::kHold:
      return tr("hold");
    case Verb::kRelease:
      return tr("release");
    case Verb::kRemove:
      return tr("remove");
  }
  return {};
}

bool JobActions::fits(Verb verb, v1::Job::State state) {
  switch (verb) {
    case Verb::kPause:
    case Verb::kCheckpoint:
      return state == v1::Job::RUNNING;
    case Verb::kResume:
      return state == v1::Job::PAUSED || state == v1::Job::FAILED || state == v1::Job::CANCELLED;
    case Verb::kCancel:
      return isActive(state);
    case Verb::kHold:
      return state == v1::Job::QUEUED;
    case Verb::kRelease:
      return state == v1::Job::HELD;
    case Verb::kRemove:
      return state == v1::Job::HELD || state == v1::Job::PAUSED || !isActive(state);
  }
  return false;
}

template <class Call>
void JobActions::run(Call call, const QString& said) {
  session_->ask(this, std::move(call), [this, said](const auto& answer) {
    const absl::Status status = answer.status();
    jobs_->refresh();
    if (status.ok()) {
      Q_EMIT done(said);
    } else {
      Q_EMIT failed(status);
    }
  });
}

void JobActions::act(Verb verb, int64_t id) {
  const QString said = tr("job %1: %2").arg(id).arg(nameOf(verb));
  using Job = absl::StatusOr<v1::Job>;
  switch (verb) {
    case Verb::kPause:
      return run([id](const LabClient& client) -> Job { return client.PauseJob(id); }, said);
    case Verb::kResume:
      return run([id](const LabClient& client) -> Job { return client.ResumeJob(id); }, said);
    case Verb::kCancel:
      return run([id](const LabClient& client) -> Job { return client.CancelJob(id); }, said);
    case Verb::kCheckpoint:
      return run([id](const LabClient& client) -> Job { return client.CheckpointJob(id); }, said);
    case Verb::kHold:
      return run([id](const LabClient& client) -> Job { return client.HoldJob(id); }, said);
    case Verb::kRelease:
      return run([id](const LabClient& client) -> Job { return client.ReleaseJob(id); }, said);
    case Verb::kRemove:
      return run([id](const LabClient& client) { return client.RemoveJob(id); }, said);
  }
}

void JobActions::set(int64_t id, const std::vector<std::string>& overrides) {
  v1::SetJobRequest request;
  request.set_job_id(id);
  QStringList texts;
  for (const std::string& override : overrides) {
    request.add_overrides(override);
    texts << q(override);
  }
  run([request](const LabClient& client) { return client.SetJob(request); },
      tr("job %1: %2").arg(id).arg(texts.join(tr(", "))));
}

void JobActions::update(v1::UpdateJobRequest request) {
  const QString said = tr("job %1 changed").arg(request.job_id());
  run([request = std::move(request)](const LabClient& client) { return client.UpdateJob(request); },
      said);
}

void JobActions::move(v1::MoveJobsRequest request) {
  const QString said = tr("moved in the queue");
  run([request = std::move(request)](const LabClient& client) { return client.MoveJobs(request); },
      said);
}

void JobActions::duplicate(v1::DuplicateJobRequest request) {
  request.set_request_id(freshId());
  const QString said = tr("job %1 queued once more").arg(request.job_id());
  run([request =
           std::move(request)](const LabClient& client) { return client.DuplicateJob(request); },
      said);
}

void JobActions::submit(v1::CreateJobRequest request,
                        std::function<void(const absl::StatusOr<v1::CreateJobResponse>&)> done) {
  request.set_request_id(freshId());
  session_->ask(
      this,
      [request = std::move(request)](const LabClient& client) { return client.CreateJob(request); },
      [this, done = std::move(done)](const absl::StatusOr<v1::CreateJobResponse>& answer) {
        jobs_->refresh();
        if (!answer.ok()) {
          Q_EMIT failed(answer.status());
        } else if (answer->job_ids_size() == 1) {
          Q_EMIT this->done(tr("job %1 queued").arg(answer->job_ids(0)));
        } else {
          Q_EMIT this->done(
              tr("%1 jobs queued as %2").arg(answer->job_ids_size()).arg(q(answer->group())));
        }
        if (done) done(answer);
      });
}

}  // namespace lab::gui
