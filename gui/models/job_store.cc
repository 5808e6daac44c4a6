#include "gui/models/job_store.h"

#include <google/protobuf/util/message_differencer.h>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr int kPollMs = 1000;
constexpr int kAllMs = 15000;
constexpr v1::Job::State kActive[] = {v1::Job::QUEUED, v1::Job::HELD, v1::Job::RUNNING,
                                      v1::Job::STOPPING, v1::Job::PAUSED};

bool same(const v1::Job& a, const v1::Job& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

}  // namespace

JobStore::JobStore(LabSession* session, QObject* parent) : QObject(parent), session_(session) {
  timer_.setInterval(kPollMs);
  connect(&timer_, &QTimer::timeout, this, &JobStore::poll);
  connect(session, &LabSession::linked, this, [this] {
    // Perhaps another labd: its jobs are others.
    asking_ = false;
    refresh();
    timer_.start();
  });
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
  session_->ask(
      this, [](const LabClient& client) { return client.ListJobs(); },
      [this](absl::StatusOr<v1::ListJobsResponse> all) {
        asking_ = false;
        if (all.ok()) {
          take(*std::move(all));
        } else if (session_->connected()) {
          Q_EMIT failed(all.status());
        }
        if (again_) refresh();
      });
}

void JobStore::poll() {
  if (asking_ || !session_->connected()) return;
  if (!loaded_ || since_all_.elapsed() > kAllMs) return refresh();
  asking_ = true;
  session_->ask(
      this,
      [](const LabClient& client) {
        v1::ListJobsRequest request;
        for (v1::Job::State state : kActive) request.add_states(state);
        return client.ListJobs(request);
      },
      [this](absl::StatusOr<v1::ListJobsResponse> active) {
        asking_ = false;
        if (active.ok()) takeActive(*active);
        if (again_) refresh();
      });
}

void JobStore::take(v1::ListJobsResponse all) {
  std::vector<v1::Job> fresh(std::make_move_iterator(all.mutable_jobs()->begin()),
                             std::make_move_iterator(all.mutable_jobs()->end()));
  std::vector<v1::Job> over;
  for (const v1::Job& job : fresh) {
    const v1::Job* before = find(job.id());
    if (before != nullptr && isActive(before->state()) && !isActive(job.state())) {
      over.push_back(job);
    }
  }
  const bool differs = !loaded_ || paused_reason_ != all.paused_reason() ||
                       !std::equal(fresh.begin(), fresh.end(), jobs_.begin(), jobs_.end(), same);
  jobs_ = std::move(fresh);
  paused_reason_ = all.paused_reason();
  loaded_ = true;
  index();
  if (differs) Q_EMIT changed();
  for (const v1::Job& job : over) Q_EMIT ended(job);
}

void JobStore::takeActive(const v1::ListJobsResponse& active) {
  // The active jobs stand first in both lists, in the same order, unless one came or left.
  size_t count = 0;
  while (count < jobs_.size() && isActive(jobs_[count].state())) ++count;
  bool aligned = static_cast<int>(count) == active.jobs_size();
  for (size_t i = 0; aligned && i < count; ++i) {
    aligned = jobs_[i].id() == active.jobs(static_cast<int>(i)).id();
  }
  if (!aligned) return refresh();
  bool differs = paused_reason_ != active.paused_reason();
  for (size_t i = 0; i < count; ++i) {
    const v1::Job& job = active.jobs(static_cast<int>(i));
    if (same(jobs_[i], job)) continue;
    jobs_[i] = job;
    differs = true;
  }
  paused_reason_ = active.paused_reason();
  if (differs) Q_EMIT changed();
}

void JobStore::index() {
  rows_.clear();
  for (size_t i = 0; i < jobs_.size(); ++i) rows_[jobs_[i].id()] = i;
}

}  // namespace lab::gui
