#include "gui/models/checkpoint_store.h"

#include <charconv>

#include "core/base/strings.h"

namespace lab::gui {
namespace {

// Two jobs that read the same have the same checkpoints, unless someone deleted files.
std::string likeness(const v1::Job& job) {
  return StrCat(static_cast<int>(job.state()), " ", job.attempt(), " ", job.progress().step());
}

}  // namespace

CheckpointStore::CheckpointStore(LabSession* session, JobStore* jobs, QObject* parent)
    : QObject(parent), session_(session), jobs_(jobs) {
  connect(session, &LabSession::linked, this, [this] {
    // Perhaps another labd: all are asked again; what is known stays until they have answered.
    ++link_;
    asking_ = false;
    seen_.clear();
    loaded_ = false;
    if (wanted_) refresh();
  });
  connect(jobs, &JobStore::failed, this, [this](const absl::Status& status) {
    // Without the jobs nothing can be asked.
    if (!wanted_ || loaded_) return;
    status_ = status;
    Q_EMIT changed();
  });
  connect(jobs, &JobStore::changed, this, [this] {
    if (wanted_ && !loaded_) refresh();
    // Those of removed jobs went with them.
    const size_t gone =
        std::erase_if(all_, [this](const auto& entry) { return !jobs_->find(entry.first); });
    if (gone > 0) Q_EMIT changed();
  });
}

const KnownCheckpoint* CheckpointStore::find(const std::string& reference) const {
  int64_t job = 0;
  const char* end = reference.data() + reference.size();
  auto [rest, error] = std::from_chars(reference.data(), end, job);
  auto found = all_.find(job);
  if (error != std::errc() || found == all_.end()) return nullptr;
  const std::vector<KnownCheckpoint>& list = found->second;
  if (rest == end) return &list.back();
  if (*rest != '@') return nullptr;
  const std::string which(rest + 1, end);
  for (const KnownCheckpoint& one : list) {
    if ((which == "best" && one.best) || (which == "final" && one.final) ||
        which == std::to_string(one.checkpoint.step())) {
      return &one;
    }
  }
  return nullptr;
}

void CheckpointStore::refresh(bool everything) {
  wanted_ = true;
  if (!jobs_->loaded() || !session_->connected()) return;
  if (everything) seen_.clear();
  again_ = asking_;
  if (asking_) return;
  std::vector<int64_t> due;
  for (const v1::Job& job : jobs_->jobs()) {
    std::string now = likeness(job);
    std::string& before = seen_[job.id()];
    if (before == now) continue;
    before = std::move(now);
    due.push_back(job.id());
  }
  if (!due.empty()) return ask(std::move(due));
  if (loaded_) return;
  loaded_ = true;
  Q_EMIT changed();
}

void CheckpointStore::ask(std::vector<int64_t> due) {
  asking_ = true;
  session_->ask(
      this, [due](const LabClient& client) { return client.ListCheckpoints(due); },
      [this, due, link = link_](absl::StatusOr<v1::ListCheckpointsResponse> answer) {
        if (link != link_) return;
        asking_ = false;
        if (answer.ok()) {
          status_ = absl::OkStatus();
          take(due, *answer);
        } else {
          // Asked again at the next look, or by the next link.
          for (int64_t id : due) seen_.erase(id);
          if (session_->connected()) {
            status_ = answer.status();
            Q_EMIT changed();
          }
        }
        if (again_) refresh();
      });
}

void CheckpointStore::take(const std::vector<int64_t>& asked,
                           const v1::ListCheckpointsResponse& answer) {
  // What labd says nothing of has none (any more).
  for (int64_t id : asked) all_.erase(id);
  for (const v1::JobCheckpoints& job : answer.jobs()) {
    std::vector<KnownCheckpoint>& list = all_[job.job_id()];
    for (const v1::MeasuredCheckpoint& one : job.checkpoints()) {
      const auto loss = one.has_val_loss() ? std::optional<double>(one.val_loss()) : std::nullopt;
      list.push_back({one.checkpoint(), loss, one.best(), one.final()});
    }
  }
  loaded_ = true;
  Q_EMIT changed();
}

}  // namespace lab::gui
