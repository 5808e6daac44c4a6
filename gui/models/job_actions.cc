#include "gui/models/job_actions.h"

#include <QUuid>
#include <algorithm>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

// Makes a retry after a broken link safe.
std::string freshId() { return utf8(QUuid::createUuid().toString(QUuid::WithoutBraces)); }

absl::Status statusOf(const absl::Status& status) { return status; }
template <class T>
absl::Status statusOf(const absl::StatusOr<T>& answer) {
  return answer.status();
}

absl::Status call(JobActions::Verb verb, const LabClient& client, int64_t id) {
  using Verb = JobActions::Verb;
  switch (verb) {
    case Verb::kPause:
      return client.PauseJob(id).status();
    case Verb::kResume:
      return client.ResumeJob(id).status();
    case Verb::kCancel:
      return client.CancelJob(id).status();
    case Verb::kCheckpoint:
      return client.CheckpointJob(id).status();
    case Verb::kHold:
      return client.HoldJob(id).status();
    case Verb::kRelease:
      return client.ReleaseJob(id).status();
    case Verb::kRemove:
      return client.RemoveJob(id).status();
  }
  return absl::InternalError("no such verb");
}

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
void JobActions::run(Call call, const QString& said,
                     std::function<void(const absl::Status&)> done) {
  session_->ask(this, std::move(call), [this, said, done = std::move(done)](const auto& answer) {
    const absl::Status status = statusOf(answer);
    jobs_->refresh();
    if (status.ok()) {
      Q_EMIT this->done(said);
    } else {
      Q_EMIT failed(status);
    }
    if (done) done(status);
  });
}

void JobActions::act(Verb verb, std::vector<int64_t> ids) {
  if (ids.empty()) return;
  const QString said = ids.size() == 1 ? tr("job %1: %2").arg(ids.front()).arg(nameOf(verb))
                                       : tr("%1 jobs: %2").arg(ids.size()).arg(nameOf(verb));
  run(
      [verb, ids = std::move(ids)](const LabClient& client) {
        absl::Status first;
        for (int64_t id : ids) first.Update(call(verb, client, id));
        return first;
      },
      said);
}

void JobActions::sizeOf(QObject* receiver, std::vector<int64_t> ids,
                        std::function<void(const absl::StatusOr<int64_t>&)> done) {
  session_->ask(
      receiver,
      [ids = std::move(ids)](const LabClient& client) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(v1::Storage storage, client.GetStorage());
        int64_t sum = 0;
        for (const v1::JobStorage& job : storage.jobs()) {
          if (std::find(ids.begin(), ids.end(), job.job_id()) == ids.end()) continue;
          sum += job.full_bytes() + job.weights_bytes() + job.log_bytes() + job.other_bytes();
        }
        return sum;
      },
      std::move(done));
}

void JobActions::set(int64_t id, const std::vector<std::string>& overrides,
                     std::function<void(const absl::Status&)> done) {
  v1::SetJobRequest request;
  request.set_job_id(id);
  QStringList texts;
  for (const std::string& override : overrides) {
    request.add_overrides(override);
    texts << q(override);
  }
  run([request](const LabClient& client) { return client.SetJob(request); },
      tr("job %1: %2").arg(id).arg(texts.join(tr(", "))), std::move(done));
}

void JobActions::update(v1::UpdateJobRequest request,
                        std::function<void(const absl::Status&)> done) {
  const QString said = tr("job %1 changed").arg(request.job_id());
  run([request = std::move(request)](const LabClient& client) { return client.UpdateJob(request); },
      said, std::move(done));
}

void JobActions::move(v1::MoveJobsRequest request) {
  const QString said = tr("moved in the queue");
  run([request = std::move(request)](const LabClient& client) { return client.MoveJobs(request); },
      said);
}

void JobActions::check(QObject* receiver, v1::ConfigText config,
                       std::function<void(const absl::StatusOr<v1::CheckReport>&)> done) {
  v1::CheckJobRequest request;
  *request.mutable_config() = std::move(config);
  session_->ask(
      receiver,
      [request = std::move(request)](const LabClient& client) { return client.CheckJob(request); },
      std::move(done));
}

void JobActions::duplicate(v1::DuplicateJobRequest request, Queued done) {
  request.set_request_id(freshId());
  session_->ask(
      this,
      [request = std::move(request)](const LabClient& client) {
        return client.DuplicateJob(request);
      },
      [this, done = std::move(done)](const absl::StatusOr<v1::CreateJobResponse>& answer) {
        tellQueued(answer);
        if (done) done(answer);
      });
}

void JobActions::submit(v1::CreateJobRequest request, Queued done) {
  request.set_request_id(freshId());
  session_->ask(
      this,
      [request = std::move(request)](const LabClient& client) { return client.CreateJob(request); },
      [this, done = std::move(done)](const absl::StatusOr<v1::CreateJobResponse>& answer) {
        tellQueued(answer);
        if (done) done(answer);
      });
}

void JobActions::tellQueued(const absl::StatusOr<v1::CreateJobResponse>& answer) {
  jobs_->refresh();
  if (!answer.ok()) {
    Q_EMIT failed(answer.status());
  } else if (answer->job_ids_size() == 1) {
    Q_EMIT done(tr("job %1 queued").arg(answer->job_ids(0)));
  } else {
    Q_EMIT done(tr("%1 jobs queued as %2").arg(answer->job_ids_size()).arg(q(answer->group())));
  }
}

}  // namespace lab::gui
