#include "gui/models/home_rows.h"

#include <QCoreApplication>
#include <algorithm>
#include <functional>
#include <limits>

#include "gui/models/job_words.h"

namespace lab::gui {
namespace {

using Jobs = std::vector<const v1::Job*>;

QString tr(const char* text) { return QCoreApplication::translate("Home", text); }

// Those that `chosen` takes, single or with the others of their group, in the order of the first.
std::vector<Jobs> gathered(const std::vector<v1::Job>& jobs,
                           const std::function<bool(const v1::Job&)>& chosen) {
  std::vector<Jobs> rows;
  for (const v1::Job& job : jobs) {
    if (!chosen(job)) continue;
    auto row = job.group().empty() ? rows.end()
                                   : std::find_if(rows.begin(), rows.end(), [&](const Jobs& each) {
                                       return each.front()->group() == job.group();
                                     });
    if (row == rows.end()) row = rows.insert(rows.end(), Jobs());
    row->push_back(&job);
  }
  return rows;
}

QString idsText(const Jobs& jobs) {
  const auto [low, high] = std::minmax_element(
      jobs.begin(), jobs.end(), [](const auto* a, const auto* b) { return a->id() < b->id(); });
  const QString first = QString::number((*low)->id());
  return jobs.size() == 1 ? first : first + QStringLiteral(" – ") + QString::number((*high)->id());
}

HomeRow rowOf(const Jobs& jobs) {
  HomeRow row;
  row.job = jobs.front()->id();
  row.id = idsText(jobs);
  row.name = q(jobs.front()->name());
  row.beside = jobs.size() == 1 ? q(jobs.front()->member()) : tr("%1 runs").arg(jobs.size());
  return row;
}

// The one with the least loss; the first where none has any.
const v1::Job& bestOf(const Jobs& jobs) {
  const double none = std::numeric_limits<double>::infinity();
  return **std::min_element(jobs.begin(), jobs.end(), [none](const auto* a, const auto* b) {
    return bestLoss(*a).value_or(none) < bestLoss(*b).value_or(none);
  });
}

void tellEnd(const Jobs& jobs, HomeRow* row) {
  const v1::Job& best = bestOf(jobs);
  const Verdict verdict = verdictOf(best);
  row->job = best.id();
  row->text = verdict.text;
  row->tone = verdict.tone;
  StateCounts counts;
  double seconds = 0;
  for (const v1::Job* job : jobs) {
    ++counts[job->state()];
    seconds += RunSeconds(*job, 0).value_or(0);
  }
  if (seconds > 0) row->right = duration(seconds);
  if (jobs.size() == 1) return;
  row->text = tr("%1, best of them %2").arg(verdict.text, q(best.member()));
  if (counts.count(v1::Job::SUCCEEDED) == counts.size()) return;
  row->text += tr(" (%1)").arg(countsText(counts));
  row->tone = Tone::kWarning;
}

}  // namespace

std::vector<HomeRow> finishedRows(const std::vector<v1::Job>& jobs, size_t most) {
  std::vector<HomeRow> rows;
  for (const Jobs& each :
       gathered(jobs, [](const v1::Job& job) { return !isActive(job.state()); })) {
    if (rows.size() == most) break;
    HomeRow row = rowOf(each);
    tellEnd(each, &row);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<HomeRow> queueRows(const std::vector<v1::Job>& jobs) {
  std::vector<HomeRow> rows;
  int order = 0;  // among those that may start
  for (const Jobs& each : gathered(jobs, [](const v1::Job& job) {
         return isWaiting(job.state()) || job.state() == v1::Job::PAUSED;
       })) {
    HomeRow row = rowOf(each);
    const v1::Job& first = *each.front();
    const QString waits = resultOf(first).text;
    if (first.state() != v1::Job::QUEUED) {
      row.right = stateWord(first.state());
    } else if (!waits.isEmpty()) {
      row.right = waits;
    } else {
      ++order;
      if (order < 3) row.right = order == 1 ? tr("next") : tr("then");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace lab::gui
