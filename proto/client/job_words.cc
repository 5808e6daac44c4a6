#include "proto/client/job_words.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab {

std::string TitleOf(const v1::Job& job) { return job.name().empty() ? job.type() : job.name(); }

const v1::MetricSummary* SummaryOf(const v1::Job& job, std::string_view metric) {
  for (const v1::MetricSummary& row : job.summary()) {
    if (row.metric() == metric) return &row;
  }
  return nullptr;
}

std::optional<double> RunSeconds(const v1::Job& job, double now_seconds) {
  if (!job.has_start_time()) return std::nullopt;
  double end = job.has_end_time() ? UnixSeconds(job.end_time()) : now_seconds;
  return std::max(0.0, end - UnixSeconds(job.start_time()));
}

std::string ProgressText(const v1::Job& job) {
  const v1::Progress& progress = job.progress();
  std::string text = StrCat(FormatGrouped(progress.step()));
  if (progress.total_steps() > 0) text += StrCat(" of ", FormatGrouped(progress.total_steps()));
  text += progress.step() == 1 && progress.total_steps() == 0 ? " step" : " steps";
  if (progress.fraction() > 0) text += StrCat(", ", FormatPercent(progress.fraction()));
  if (job.state() != v1::Job::RUNNING && job.state() != v1::Job::STOPPING) return text;
  if (!progress.phase().empty()) text += StrCat(", ", progress.phase());
  if (progress.has_eta_seconds()) {
    text += StrCat(", ", FormatDuration(progress.eta_seconds()), " left");
  }
  return text;
}

std::string FloorText(const v1::Job& job) {
  const v1::MetricSummary* floor = SummaryOf(job, "floor/loss");
  const v1::MetricSummary* loss = SummaryOf(job, "val/loss");
  if (loss == nullptr) loss = SummaryOf(job, "train/loss");
  if (floor == nullptr || loss == nullptr || !(floor->last() > 0)) return "";
  std::string text = StrCat(loss->metric(), " ", FormatNumber(loss->last()));
  double above = (loss->last() / floor->last() - 1) * 100;
  if (!std::isfinite(above)) return StrCat(text, "; the floor is ", FormatNumber(floor->last()));
  char share[32];
  std::snprintf(share, sizeof(share), "%.1f %%", std::abs(above));
  return StrCat(text, " is ", share, above < 0 ? " below" : " above", " the floor ",
                FormatNumber(floor->last()));
}

namespace {

constexpr int kNamedJobs = 4;  // as many as a line bears

// "job 3", "jobs 3, 4", "jobs 3, 4, 5, 6 and 12 more".
std::string JobsText(const std::vector<int64_t>& ids) {
  std::string text = ids.size() == 1 ? "job " : "jobs ";
  for (size_t i = 0; i < ids.size() && i < kNamedJobs; ++i)
    text += StrCat(i > 0 ? ", " : "", ids[i]);
  if (ids.size() > kNamedJobs) text += StrCat(" and ", ids.size() - kNamedJobs, " more");
  return text;
}

std::vector<int64_t> AwaitedBy(const v1::Job& job) {
  std::vector<int64_t> ids;
  for (const v1::Dependency& one : job.dependencies()) {
    if (one.standing() == v1::Dependency::WAITING) ids.push_back(one.job_id());
  }
  return ids;
}

std::string StateOfNeeded(const v1::Dependency& one) {
  return one.state() == v1::Job::STATE_UNSPECIFIED ? "removed" : StateWord(one.state());
}

}  // namespace

std::string WaitText(const v1::Job& job) {
  if (job.state() == v1::Job::HELD && job.has_error()) {
    return StrCat(job.error().message(), " (", job.error().reason(), ")");
  }
  std::vector<int64_t> ids = AwaitedBy(job);
  if (job.state() != v1::Job::QUEUED || ids.empty()) return "";
  return StrCat("waits for ", JobsText(ids));
}

std::string WaitCell(const v1::Job& job) {
  if (job.state() == v1::Job::HELD && job.has_error()) {
    for (const v1::Dependency& one : job.dependencies()) {
      if (one.standing() != v1::Dependency::BROKEN) continue;
      return StrCat("job ", one.job_id(), " ", StateOfNeeded(one));
    }
  }
  std::vector<int64_t> ids = AwaitedBy(job);
  if (ids.empty() || (job.state() != v1::Job::QUEUED && job.state() != v1::Job::HELD)) return "";
  return JobsText(ids);
}

std::string DependenciesText(const v1::Job& job) {
  std::string text;
  for (const v1::Dependency& one : job.dependencies()) {
    text += StrCat(text.empty() ? "" : "; ", one.any() ? "the end of job " : "job ", one.job_id(),
                   " (", StateOfNeeded(one),
                   one.standing() == v1::Dependency::WAIVED ? ", no longer waited for" : "", ")");
  }
  return text;
}

std::string TagsText(const v1::Job& job) {
  std::string text;
  for (const std::string& tag : job.tags()) text += StrCat(text.empty() ? "" : " ", tag);
  return text;
}

std::string BestText(const v1::Job& job) {
  const v1::MetricSummary* best = nullptr;
  for (const char* metric : {"val/loss", "train/loss"}) {
    const v1::MetricSummary* row = SummaryOf(job, metric);
    if (best == nullptr && row != nullptr && row->has_best()) best = row;
  }
  for (const v1::MetricSummary& row : job.summary()) {
    if (best == nullptr && row.has_best()) best = &row;
  }
  if (best == nullptr) return "";
  return StrCat(FormatNumber(best->best()), " @", best->best_step());
}

std::string OutcomeText(const v1::Job& job) {
  std::string text = StrCat("job ", job.id(), " ", StateWord(job.state()));
  if (job.state() == v1::Job::FAILED) {
    if (!job.has_error()) return text;
    return StrCat(text, ": ", job.error().message(), " (", job.error().reason(), ")");
  }
  if (std::string wait = WaitText(job); !wait.empty()) {
    return StrCat(text, job.state() == v1::Job::HELD ? ": " : ", ", wait);
  }
  int64_t step = job.progress().step();
  if (job.state() == v1::Job::CANCELLED || job.state() == v1::Job::PAUSED) {
    return step > 0 ? StrCat(text, " at step ", step) : text;
  }
  if (job.state() != v1::Job::SUCCEEDED) return text;
  std::string details;
  auto add = [&](const std::string& detail) {
    if (!detail.empty()) details += StrCat(details.empty() ? ": " : ", ", detail);
  };
  if (step > 0) add(StrCat(FormatGrouped(step), step == 1 ? " step" : " steps"));
  if (auto seconds = RunSeconds(job, 0); seconds && job.has_end_time()) {
    details += StrCat(details.empty() ? ": " : " in ", FormatDuration(*seconds));
  }
  if (const auto* loss = SummaryOf(job, "train/loss")) {
    add(StrCat("train/loss ", FormatNumber(loss->last())));
  }
  std::string floor = FloorText(job);
  if (const auto* loss = SummaryOf(job, "val/loss"); loss != nullptr && floor.empty()) {
    add(StrCat("val/loss ", FormatNumber(loss->last())));
  }
  if (!floor.empty()) details += StrCat("; ", floor);
  return text + details;
}

std::string WayOut(const v1::Job& job) {
  bool resumable = std::any_of(job.checkpoints().begin(), job.checkpoints().end(),
                               [](const v1::Checkpoint& one) { return one.kind() == "full"; });
  switch (job.state()) {
    case v1::Job::FAILED:
      return StrCat(
          "read its log: labctl logs ", job.id(),
          resumable ? StrCat("; go on from its last checkpoint: labctl resume ", job.id()) : "");
    case v1::Job::PAUSED:
      return StrCat("go on: labctl resume ", job.id());
    case v1::Job::HELD:
      return StrCat("let it start: labctl release ", job.id());
    default:
      return "";
  }
}

}  // namespace lab
