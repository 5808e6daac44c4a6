#include "gui/models/checkpoint_store.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/strings.h"

namespace lab::gui {
namespace {

constexpr size_t kAtOnce = 50;  // jobs asked in one go, after which what came is shown

// Two jobs that read the same have the same checkpoints, unless someone deleted files.
std::string likeness(const v1::Job& job) {
  return StrCat(static_cast<int>(job.state()), " ", job.attempt(), " ", job.progress().step());
}

// As labd resolves them (daemon/service/reference.h): best is the lowest val/loss measured at a
// checkpoint's own step, final the last one of a job that succeeded.
void mark(const v1::Job& job, std::vector<KnownCheckpoint>* checkpoints) {
  KnownCheckpoint* best = nullptr;
  for (KnownCheckpoint& one : *checkpoints) {
    if (!one.loss || std::isnan(*one.loss)) continue;
    if (best == nullptr || *one.loss < *best->loss) best = &one;
  }
  if (best != nullptr) best->best = true;
  if (job.state() == v1::Job::SUCCEEDED && !checkpoints->empty()) checkpoints->back().final = true;
}

}  // namespace

CheckpointStore::CheckpointStore(LabSession* session, JobStore* jobs, QObject* parent)
    : QObject(parent), session_(session), jobs_(jobs) {
  connect(session, &LabSession::linked, this, [this] {
    // Perhaps another labd: all are asked again; what is known stays until they have answered.
    ++link_;
    asking_ = false;
    due_.clear();
    seen_.clear();
    loaded_ = false;
    if (wanted_) refresh();
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
  for (const v1::Job& job : jobs_->jobs()) {
    std::string now = likeness(job);
    std::string& before = seen_[job.id()];
    if (before == now) continue;
    before = std::move(now);
    if (std::find(due_.begin(), due_.end(), job.id()) == due_.end()) due_.push_back(job.id());
  }
  if (!asking_) askNext();
}

void CheckpointStore::askNext() {
  if (due_.empty()) {
    if (!loaded_) {
      loaded_ = true;
      Q_EMIT changed();
    }
    return;
  }
  asking_ = true;
  const size_t count = std::min(kAtOnce, due_.size());
  std::vector<int64_t> ids(due_.begin(), due_.begin() + static_cast<ptrdiff_t>(count));
  due_.erase(due_.begin(), due_.begin() + static_cast<ptrdiff_t>(count));
  session_->ask(
      this,
      [ids = std::move(ids)](const LabClient& client) -> absl::StatusOr<std::vector<Answer>> {
        std::vector<Answer> answers;
        for (int64_t id : ids) answers.push_back(read(client, id));
        return answers;
      },
      [this, link = link_](absl::StatusOr<std::vector<Answer>> answers) {
        if (link != link_) return;
        asking_ = false;
        // Without a link nobody was asked; the next one asks again.
        if (answers.ok()) take(*std::move(answers));
      });
}

CheckpointStore::Answer CheckpointStore::read(const LabClient& client, int64_t id) {
  Answer answer{.id = id};
  absl::StatusOr<v1::Job> job = client.GetJob(id);
  answer.status = job.status();
  if (!job.ok() || job->checkpoints().empty()) return answer;
  std::map<int64_t, double> losses;
  v1::ReadMetricsRequest request;
  request.set_job_id(id);
  request.add_names("val/loss");
  answer.status = client.ReadMetrics(request, [&losses](const v1::SeriesPart& part) {
    const int count = std::min(part.step_size(), part.value_size());
    for (int i = 0; i < count; ++i) losses[part.step(i)] = part.value(i);
    return true;
  });
  for (const v1::Checkpoint& checkpoint : job->checkpoints()) {
    auto loss = losses.find(checkpoint.step());
    answer.checkpoints.push_back(
        {checkpoint, loss == losses.end() ? std::nullopt : std::optional<double>(loss->second)});
  }
  mark(*job, &answer.checkpoints);
  return answer;
}

void CheckpointStore::take(std::vector<Answer> answers) {
  status_ = absl::OkStatus();
  for (Answer& answer : answers) {
    if (!answer.status.ok()) {
      // Asked again at the next look; one that was removed meanwhile has none.
      seen_.erase(answer.id);
      if (!absl::IsNotFound(answer.status)) {
        status_ = answer.status;
        continue;
      }
    }
    if (answer.checkpoints.empty()) {
      all_.erase(answer.id);
    } else {
      all_[answer.id] = std::move(answer.checkpoints);
    }
  }
  if (due_.empty()) loaded_ = true;
  Q_EMIT changed();
  if (!due_.empty()) askNext();
}

}  // namespace lab::gui
