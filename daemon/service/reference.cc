#include "daemon/service/reference.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/base/strings.h"
#include "daemon/service/requests.h"
#include "daemon/service/resolved_config.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Which = Reference::Which;

constexpr std::string_view kForms =
    "a model is 12 (job 12's newest checkpoint), 12@500 (its step 500), 12@best, 12@final, or the "
    "path of a Hugging Face folder";

absl::Status NotAReference(std::string_view text) {
  return absl::InvalidArgumentError(Absl(StrCat("\"", text, "\" names no model; ", kForms)));
}

std::optional<int64_t> Digits(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  int64_t value = 0;
  auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

absl::Status Missing(std::string_view message) {
  return Failure(absl::StatusCode::kNotFound, reason::kCheckpointMissing, message);
}

// "0, 1, 2, 4, 8, … , 400, 500": at most ten of the steps that exist.
std::string StepList(const v1::JobCheckpoints& list) {
  constexpr int kFirst = 5, kLast = 5;
  std::string steps;
  for (int i = 0; i < list.checkpoints_size(); ++i) {
    bool skipped = i >= kFirst && i + kLast < list.checkpoints_size();
    if (skipped && i > kFirst) continue;
    if (!steps.empty()) steps += ", ";
    steps += skipped ? "…" : StrCat(list.checkpoints(i).checkpoint().step());
  }
  return steps;
}

// Says which of a job's checkpoints are the best and the final one.
void Mark(v1::Job::State state, v1::JobCheckpoints* job) {
  v1::MeasuredCheckpoint* best = nullptr;
  for (v1::MeasuredCheckpoint& one : *job->mutable_checkpoints()) {
    if (!one.has_val_loss() || std::isnan(one.val_loss())) continue;
    if (best == nullptr || one.val_loss() < best->val_loss()) best = &one;
  }
  if (best != nullptr) best->set_best(true);
  if (state == v1::Job::SUCCEEDED && job->checkpoints_size() > 0) {
    job->mutable_checkpoints()->rbegin()->set_final(true);
  }
}

// A job with its checkpoints whose folders are there, by step; says in words what it has.
class JobModels {
 public:
  static absl::StatusOr<JobModels> Read(const Store& store, const Places& places, int64_t id) {
    auto job = store.GetJob(id);
    if (!job.ok()) return AboutJob(job.status(), id);
    JobModels models(store, *std::move(job));
    ASSIGN_OR_RETURN(std::vector<v1::JobCheckpoints> found, ListServable(store, places, {id}));
    if (!found.empty()) models.list_ = std::move(found.front());
    return models;
  }

  absl::StatusOr<v1::Checkpoint> Newest() const {
    if (empty()) return Missing(StrCat(Name(), " has no checkpoint yet", Outlook()));
    return list_.checkpoints().rbegin()->checkpoint();
  }

  absl::StatusOr<v1::Checkpoint> AtStep(int64_t step) const {
    for (const v1::MeasuredCheckpoint& one : list_.checkpoints()) {
      if (one.checkpoint().step() == step) return one.checkpoint();
    }
    return Missing(StrCat(Name(), " has no checkpoint of step ", step, Existing(), Outlook()));
  }

  absl::StatusOr<v1::Checkpoint> Final() const {
    for (const v1::MeasuredCheckpoint& one : list_.checkpoints()) {
      if (one.final()) return one.checkpoint();
    }
    if (job_.state() == v1::Job::SUCCEEDED) {
      return Missing(StrCat(Name(), " ended without a checkpoint"));
    }
    return Missing(StrCat(Name(), " has no final checkpoint: it is ", StateName(job_.state()),
                          ", at step ", job_.progress().step(), Existing()));
  }

  absl::StatusOr<v1::Checkpoint> Best() const {
    for (const v1::MeasuredCheckpoint& one : list_.checkpoints()) {
      if (one.best()) return one.checkpoint();
    }
    const auto& summary = job_.summary();
    const bool evaluated =
        std::any_of(summary.begin(), summary.end(),
                    [](const v1::MetricSummary& metric) { return metric.metric() == kLossMetric; });
    std::string_view why = evaluated ? " has no checkpoint at a step that was evaluated"
                                     : " has not been evaluated yet";
    return Missing(StrCat(Name(), why, ", so none is best", Existing(), Outlook()));
  }

 private:
  JobModels(const Store& store, v1::Job job) : store_(store), job_(std::move(job)) {}

  bool empty() const { return list_.checkpoints().empty(); }
  std::string Name() const { return StrCat("job ", job_.id()); }

  std::string Existing() const {
    if (empty()) return "; it has no checkpoint";
    return StrCat("; there are those of steps ", StepList(list_));
  }

  // When there will be more.
  std::string Outlook() const {
    if (job_.state() != v1::Job::RUNNING) {
      bool waits = job_.state() == v1::Job::QUEUED || job_.state() == v1::Job::HELD;
      if (waits && !job_.has_start_time()) {
        return StrCat("; it is ", StateName(job_.state()), " and has not started");
      }
      return StrCat("; it is ", StateName(job_.state()));
    }
    int64_t step = job_.progress().step();
    std::string at = StrCat("; it is at step ", step);
    auto texts = store_.GetJobTexts(job_.id());
    if (!texts.ok()) return at;
    auto next = NextCheckpointStep(texts->current, step, job_.progress().total_steps());
    if (!next) return at;
    return StrCat(at, ", the next comes at step ", *next);
  }

  const Store& store_;
  v1::Job job_;
  v1::JobCheckpoints list_;
};

absl::StatusOr<ModelLocation> ResolveFolder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return Missing(StrCat(folder.string(), ": there is no such folder on labd's machine"));
  }
  if (!fs::exists(folder / "config.json", error)) {
    return Missing(StrCat(folder.string(), ": no Hugging Face folder (it has no config.json)"));
  }
  return ModelLocation{0, 0, folder};
}

}  // namespace

absl::StatusOr<Reference> ParseReference(std::string_view text) {
  if (!text.empty() && text.front() == '/') {
    return Reference{Which::kFolder, 0, 0, fs::path(text).lexically_normal()};
  }
  size_t at = text.find('@');
  std::optional<int64_t> job = Digits(text.substr(0, at));
  if (!job || *job == 0) return NotAReference(text);
  if (at == std::string_view::npos) return Reference{Which::kNewest, *job, 0, {}};
  std::string_view which = text.substr(at + 1);
  if (which == "best") return Reference{Which::kBest, *job, 0, {}};
  if (which == "final") return Reference{Which::kFinal, *job, 0, {}};
  std::optional<int64_t> step = Digits(which);
  if (!step) return NotAReference(text);
  return Reference{Which::kStep, *job, *step, {}};
}

absl::StatusOr<ModelLocation> ResolveReference(const Store& store, const Places& places,
                                               std::string_view text) {
  ASSIGN_OR_RETURN(Reference reference, ParseReference(text));
  if (reference.which == Which::kFolder) return ResolveFolder(reference.folder);
  ASSIGN_OR_RETURN(JobModels models, JobModels::Read(store, places, reference.job));
  absl::StatusOr<v1::Checkpoint> found = [&] {
    switch (reference.which) {
      case Which::kStep:
        return models.AtStep(reference.step);
      case Which::kBest:
        return models.Best();
      case Which::kFinal:
        return models.Final();
      default:
        return models.Newest();
    }
  }();
  if (!found.ok()) return found.status();
  return ModelLocation{reference.job, found->step(),
                       CheckpointFolder(places, reference.job, found->name())};
}

std::optional<int64_t> NextCheckpointStep(const std::string& resolved, int64_t step,
                                          int64_t total_steps) {
  std::optional<int64_t> next;
  auto offer = [&](int64_t candidate) { next = std::min(candidate, next.value_or(candidate)); };
  if (auto every = ResolvedInteger(resolved, "checkpoint.every"); every && *every > 0) {
    offer((step / *every + 1) * *every);
  }
  if (ResolvedText(resolved, "checkpoint.keep") == "log") {
    int64_t power = 1;
    while (power <= step) power *= 2;
    offer(power);
  }
  if (next && total_steps > step) offer(total_steps);
  return next;
}

absl::StatusOr<std::vector<v1::JobCheckpoints>> ListServable(const Store& store,
                                                             const Places& places,
                                                             const std::vector<int64_t>& jobs) {
  ASSIGN_OR_RETURN(std::vector<CheckpointsOfJob> recorded, store.ListCheckpoints(jobs));
  std::vector<v1::JobCheckpoints> servable;
  for (CheckpointsOfJob& job : recorded) {
    v1::JobCheckpoints list;
    list.set_job_id(job.job);
    for (v1::MeasuredCheckpoint& one : job.checkpoints) {
      std::error_code error;
      const fs::path folder = CheckpointFolder(places, job.job, one.checkpoint().name());
      if (fs::is_directory(folder, error)) *list.add_checkpoints() = std::move(one);
    }
    if (list.checkpoints().empty()) continue;
    Mark(job.state, &list);
    servable.push_back(std::move(list));
  }
  return servable;
}

fs::path CheckpointFolder(const Places& places, int64_t job, std::string_view name) {
  return places.job(job) / "checkpoints" / name;
}

}  // namespace lab
