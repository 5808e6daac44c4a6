#include "gui/models/job_words.h"

#include <QCoreApplication>
#include <cmath>

namespace lab::gui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Jobs", text); }

constexpr v1::Job::State kLife[] = {v1::Job::RUNNING,   v1::Job::STOPPING, v1::Job::QUEUED,
                                    v1::Job::HELD,      v1::Job::PAUSED,   v1::Job::FAILED,
                                    v1::Job::CANCELLED, v1::Job::SUCCEEDED};

double nowSeconds() { return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000; }

}  // namespace

bool isWaiting(v1::Job::State state) { return state == v1::Job::QUEUED || state == v1::Job::HELD; }

QString stepsText(const v1::Job& job) {
  const v1::Progress& progress = job.progress();
  if (progress.step() == 0 && progress.total_steps() == 0) return {};
  if (progress.total_steps() == 0 || progress.step() == progress.total_steps()) {
    return grouped(progress.step());
  }
  return tr("%1 of %2").arg(grouped(progress.step()), grouped(progress.total_steps()));
}

Verdict resultOf(const v1::Job& job) {
  if (!isWaiting(job.state()) || job.has_error()) {
    const Verdict verdict = verdictOf(job);
    // A run that has nothing to show yet says what it does.
    const bool begins = job.state() == v1::Job::RUNNING && verdict.text == stateWord(job.state());
    return begins ? Verdict{q(job.progress().phase()), Tone::kPlain} : verdict;
  }
  QStringList others;
  for (const v1::Dependency& dependency : job.dependencies()) {
    if (dependency.standing() == v1::Dependency::WAITING) {
      others << QString::number(dependency.job_id());
    }
  }
  if (!others.isEmpty()) return {tr("after job %1").arg(others.join(tr(", "))), Tone::kPlain};
  if (job.attempt() > 1) return {tr("goes on from step %1").arg(grouped(job.progress().step()))};
  return {};
}

QString rateText(const v1::Job& job) {
  const v1::MetricSummary* rate = SummaryOf(job, "train/tokens_per_second");
  if (rate == nullptr) return {};
  return std::isfinite(rate->last()) ? grouped(std::llround(rate->last())) : number(rate->last());
}

QString timeText(const v1::Job& job) {
  if (job.state() == v1::Job::RUNNING && job.progress().has_eta_seconds()) {
    return tr("%1 left").arg(duration(job.progress().eta_seconds()));
  }
  const std::optional<double> seconds = RunSeconds(job, nowSeconds());
  return seconds && !isWaiting(job.state()) ? duration(*seconds) : QString();
}

std::optional<double> bestLoss(const v1::Job& job) {
  for (const char* metric : {"val/loss", "train/loss"}) {
    const v1::MetricSummary* loss = SummaryOf(job, metric);
    if (loss == nullptr) continue;
    const double value = loss->has_best() ? loss->best() : loss->last();
    if (std::isfinite(value)) return value;
  }
  return std::nullopt;
}

v1::Job::State mainState(const StateCounts& counts) {
  for (v1::Job::State state : kLife) {
    if (counts.count(state) > 0) return state;
  }
  return v1::Job::STATE_UNSPECIFIED;
}

QString countsText(const StateCounts& counts) {
  QStringList parts;
  for (v1::Job::State state : kLife) {
    const auto found = counts.find(state);
    if (found == counts.end()) continue;
    parts << QString::number(found->second) + QLatin1Char(' ') + stateWord(state);
  }
  return parts.join(tr(", "));
}

const v1::GroupMetric* lossOf(const v1::GridPoint& point) {
  for (const char* name : {"val/loss", "train/loss"}) {
    for (const v1::GroupMetric& metric : point.metrics()) {
      if (metric.metric() == name) return &metric;
    }
  }
  return nullptr;
}

QString estimateText(const v1::Group& group) {
  const v1::GridPoint* best = nullptr;
  for (const v1::GridPoint& point : group.points()) {
    const v1::GroupMetric* loss = lossOf(point);
    if (loss == nullptr || !loss->last().has_mean()) continue;
    if (best == nullptr || loss->last().mean() < lossOf(*best)->last().mean()) best = &point;
  }
  if (best == nullptr) return {};
  const v1::GroupMetric& loss = *lossOf(*best);
  std::optional<double> error;
  if (loss.last().has_standard_error()) error = loss.last().standard_error();
  // Of one run there is no spread to speak of.
  const QString value = loss.tally().counted() < 2
                            ? number(loss.last().mean())
                            : q(FormatEstimate(loss.last().mean(), error, true));
  const QString text = tr("%1, %2").arg(value, q(TallyText(loss.tally())));
  return group.points_size() < 2 ? text : tr("%1: %2").arg(q(best->label()), text);
}

}  // namespace lab::gui
