#include "cli/job_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {

std::string TitleOf(const v1::Job& job) { return job.name().empty() ? job.type() : job.name(); }

std::optional<Color> ColorOf(v1::Job::State state) {
  switch (state) {
    case v1::Job::RUNNING:
      return Color::kCyan;
    case v1::Job::SUCCEEDED:
      return Color::kGreen;
    case v1::Job::FAILED:
      return Color::kRed;
    case v1::Job::STOPPING:
    case v1::Job::PAUSED:
    case v1::Job::HELD:
      return Color::kYellow;
    case v1::Job::CANCELLED:
      return Color::kDim;
    default:
      return std::nullopt;
  }
}

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

std::string ProgressText(const v1::Progress& progress) {
  std::string text = StrCat(FormatGrouped(progress.step()));
  if (progress.total_steps() > 0) text += StrCat(" of ", FormatGrouped(progress.total_steps()));
  text += progress.step() == 1 && progress.total_steps() == 0 ? " step" : " steps";
  if (progress.fraction() > 0) text += StrCat(", ", FormatPercent(progress.fraction()));
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

std::string OutcomeText(const v1::Job& job) {
  std::string text = StrCat("job ", job.id(), " ", StateWord(job.state()));
  if (job.state() == v1::Job::FAILED) {
    if (!job.has_error()) return text;
    return StrCat(text, ": ", job.error().message(), " (", job.error().reason(), ")");
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

}  // namespace lab::cli
