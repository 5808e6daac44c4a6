#include "gui/models/job_store.h"

#include <utility>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

// While something runs labd's word does not tell whether others changed an ended job meanwhile.
constexpr int kAllMs = 60000;
constexpr int64_t kUnknown = -1;  // no revision
constexpr v1::Job::State kActive[] = {v1::Job::QUEUED, v1::Job::HELD, v1::Job::RUNNING,
                                      v1::Job::STOPPING, v1::Job::PAUSED};

}  // namespace

JobStore::JobStore(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  connect(session, &LabSession::systemChanged, this, &JobStore::hear);
  connect(session, &LabSession::linked, this, [this] {
    // Perhaps another labd: its jobs are others. Its first word comes at once.
    asking_ = false;
    stale_ = true;
  });
}

absl::StatusOr<JobStore::Listing> JobStore::list(const LabClient& client,
                                                 const v1::ListJobsRequest& request) {
  Listing listing;
  ASSIGN_OR_RETURN(listing.answer, client.ListJobs(request));
  for (const v1::Job& job : listing.answer.jobs()) {
    listing.prints.push_back(std::hash<std::string>()(job.SerializeAsString()));
  }
  return listing;
}

const v1::Job* JobStore::find(int64_t id) const {
  auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : &jobs_[found->second];
}

const v1::Job* JobStore::running(std::string_view type) const {
  for (const v1::Job& job : jobs_) {
    const bool runs = job.state() == v1::Job::RUNNING || job.state() == v1::Job::STOPPING;
    if (runs && (type.empty() || job.type() == type)) return &job;
  }
  return nullptr;
}

void JobStore::refresh() {
  if (!session_->connected()) return;
  again_ = asking_;
  if (asking_) return;
  asking_ = true;
  since_all_.start();
  note();
  session_->ask(
      this, [](const LabClient& client) { return list(client, {}); },
      [this](absl::StatusOr<Listing> all) {
        asking_ = false;
        if (all.ok()) {
          take(*std::move(all));
        } else {
          revision_ = kUnknown;
          if (session_->connected()) Q_EMIT failed(all.status());
        }
        if (again_) refresh();
      });
}

void JobStore::hear() {
  const v1::System* system = session_->system();
  if (asking_ || system == nullptr || !session_->connected()) return;
  if (std::exchange(stale_, false) || !loaded_) return refresh();
  if (system->jobs_revision() == revision_ && system->trouble() == trouble_) return;
  if (since_all_.elapsed() > kAllMs) return refresh();
  askActive();
}

void JobStore::note() {
  const v1::System* system = session_->system();
  revision_ = system == nullptr ? kUnknown : system->jobs_revision();
  trouble_ = system == nullptr ? std::string() : system->trouble();
}

void JobStore::askActive() {
  asking_ = true;
  note();
  session_->ask(
      this,
      [](const LabClient& client) {
        v1::ListJobsRequest request;
        for (v1::Job::State state : kActive) request.add_states(state);
        return list(client, request);
      },
      [this](absl::StatusOr<Listing> active) {
        asking_ = false;
        if (active.ok()) {
          takeActive(*active);
        } else {
          revision_ = kUnknown;
        }
        if (again_) refresh();
      });
}

void JobStore::take(Listing all) {
  std::vector<v1::Job> fresh(std::make_move_iterator(all.answer.mutable_jobs()->begin()),
                             std::make_move_iterator(all.answer.mutable_jobs()->end()));
  std::vector<v1::Job> over;
  for (const v1::Job& job : fresh) {
    const v1::Job* before = find(job.id());
    if (before != nullptr && isActive(before->state()) && !isActive(job.state())) {
      over.push_back(job);
    }
  }
  const bool differs =
      !loaded_ || paused_reason_ != all.answer.paused_reason() || prints_ != all.prints;
  jobs_ = std::move(fresh);
  prints_ = std::move(all.prints);
  paused_reason_ = all.answer.paused_reason();
  loaded_ = true;
  index();
  if (differs) Q_EMIT changed();
  for (const v1::Job& job : over) Q_EMIT ended(job);
}

void JobStore::takeActive(const Listing& active) {
  // The active jobs stand first in both lists, in the same order, unless one came or left.
  const v1::ListJobsResponse& answer = active.answer;
  size_t count = 0;
  while (count < jobs_.size() && isActive(jobs_[count].state())) ++count;
  bool aligned = static_cast<int>(count) == answer.jobs_size();
  for (size_t i = 0; aligned && i < count; ++i) {
    aligned = jobs_[i].id() == answer.jobs(static_cast<int>(i)).id();
  }
  if (!aligned) return refresh();
  bool differs = paused_reason_ != answer.paused_reason();
  for (size_t i = 0; i < count; ++i) {
    if (prints_[i] == active.prints[i]) continue;
    jobs_[i] = answer.jobs(static_cast<int>(i));
    prints_[i] = active.prints[i];
    differs = true;
  }
  paused_reason_ = answer.paused_reason();
  // Something changed, and it was none of these.
  if (!differs) return refresh();
  Q_EMIT changed();
}

void JobStore::index() {
  rows_.clear();
  for (size_t i = 0; i < jobs_.size(); ++i) rows_[jobs_[i].id()] = i;
}

}  // namespace lab::gui
