#include "gui/models/comparison.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/strings.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr int kAgainMs = 3000;
constexpr int64_t kMostPoints = 4000;  // of a curve: more than any screen is wide
constexpr size_t kMostConfigs = 100;   // that labd compares at once

bool isJobId(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

absl::StatusOr<RunData> find(const LabClient& client, const std::string& name) {
  RunData run;
  if (isJobId(name)) {
    ASSIGN_OR_RETURN(run.job, client.GetJob(std::strtoll(name.c_str(), nullptr, 10)));
  } else {
    ASSIGN_OR_RETURN(run.group, client.GetGroup(name));
  }
  return run;
}

}  // namespace

struct Comparison::Answer {
  std::string metric;
  MetricFacts facts;
  std::vector<std::string> metrics;
  std::vector<Compared> curves;
  std::vector<v1::SettingRow> differences;
};

Comparison::Comparison(LabSession* session, JobStore* jobs, QObject* parent)
    : QObject(parent), session_(session), jobs_(jobs) {
  again_.setInterval(kAgainMs);
  connect(&again_, &QTimer::timeout, this, [this] {
    auto runs = [this](const Compared& curve) {
      const v1::Job* job = jobs_->find(curve.job);
      return !curve.group.empty() || job == nullptr || isActive(job->state());
    };
    if (std::any_of(curves_.begin(), curves_.end(), runs)) read();
  });
  connect(session, &LabSession::linked, this, [this] {
    reading_ = false;
    read();
  });
}

void Comparison::setNames(const QStringList& names) {
  if (names == names_) return;
  names_ = names;
  loaded_ = false;
  reading_ = false;
  curves_.clear();
  differences_.clear();
  read();
}

void Comparison::setMetric(const QString& metric) {
  wanted_metric_ = utf8(metric);
  reading_ = false;
  read();
}

void Comparison::setXAxis(XAxis axis) {
  if (axis == x_axis_) return;
  x_axis_ = axis;
  reading_ = false;
  read();
}

void Comparison::setWatched(bool watched) {
  watched_ = watched;
  if (!watched) return again_.stop();
  again_.start();
  read();
}

void Comparison::read() {
  if (reading_ || !session_->connected()) return;
  if (names_.isEmpty()) {
    loaded_ = true;
    status_ = absl::OkStatus();
    Q_EMIT changed();
    return;
  }
  reading_ = true;
  const int64_t number = ++asked_;
  std::vector<std::string> names;
  for (const QString& name : names_) names.push_back(utf8(name));
  session_->ask(
      this,
      [names, wanted = wanted_metric_,
       axis = x_axis_](const LabClient& client) -> absl::StatusOr<Answer> {
        Answer answer;
        std::vector<RunData> runs;
        for (const std::string& name : names) {
          ASSIGN_OR_RETURN(RunData run, find(client, name));
          for (const std::string& metric : MetricsOf(run)) {
            const auto& known = answer.metrics;
            if (std::find(known.begin(), known.end(), metric) == known.end()) {
              answer.metrics.push_back(metric);
            }
          }
          runs.push_back(std::move(run));
        }
        answer.metric = wanted;
        if (wanted.empty()) {
          ASSIGN_OR_RETURN(answer.metric, ChooseMetric(runs));
        }
        answer.facts = FactsOf(runs, answer.metric);
        std::vector<std::string> needed = {answer.metric};
        if (axis == XAxis::kTokens) needed.push_back("train/tokens");
        for (RunData& run : runs) {
          RETURN_IF_ERROR(ReadRun(client, needed, kMostPoints, true, nullptr, &run));
        }
        answer.curves = CurvesOf(runs, answer.metric, axis);
        std::vector<int64_t> ids;
        for (const Compared& curve : answer.curves) ids.push_back(curve.job);
        if (std::set<int64_t>(ids.begin(), ids.end()).size() > 1 && ids.size() <= kMostConfigs) {
          ASSIGN_OR_RETURN(v1::CompareConfigsResponse compared, client.CompareConfigs(ids));
          answer.differences = {compared.rows().begin(), compared.rows().end()};
        }
        return answer;
      },
      [this, number](const absl::StatusOr<Answer>& answer) {
        if (number != asked_) return;
        reading_ = false;
        status_ = answer.status();
        if (answer.ok()) take(*answer);
        loaded_ = loaded_ || answer.ok() || session_->connected();
        Q_EMIT changed();
      });
}

void Comparison::take(const Answer& answer) {
  metric_ = answer.metric;
  facts_ = answer.facts;
  metrics_ = answer.metrics;
  curves_ = answer.curves;
  differences_ = answer.differences;
}

std::optional<Estimate> Comparison::estimateOf(const Compared& curve) {
  if (curve.group.empty() || !curve.last || !curve.last_error) return std::nullopt;
  Estimate estimate{*curve.last, *curve.last_error, 0};
  for (size_t i = curve.n.size(); i-- > 0;) {
    if (curve.n[i] == 0) continue;
    estimate.n = static_cast<double>(curve.n[i]);
    break;
  }
  if (estimate.n < 2) return std::nullopt;
  return estimate;
}

std::vector<Verdict> Comparison::verdicts() const {
  std::vector<Verdict> verdicts;
  for (size_t i = 0; i + 1 < curves_.size(); ++i) {
    const Compared &a = curves_[i], &b = curves_[i + 1];
    if (!a.last || !b.last) continue;
    const QString pair = tr("%1 against %2: ").arg(q(a.title), q(b.title));
    const QString unit = unitText(facts_.unit);
    const std::optional<Estimate> ea = estimateOf(a), eb = estimateOf(b);
    if (!ea || !eb) {
      verdicts.push_back({pair + tr("%1 %2. One run each shows no noise; with three seeds or more "
                                    "this could be told from chance.")
                                     .arg(number(*a.last - *b.last), unit),
                          Tone::kPlain});
      continue;
    }
    const std::optional<Difference> difference = differenceOf(*ea, *eb);
    if (!difference) {
      verdicts.push_back({pair + tr("equal to the last digit in every seed."), Tone::kPlain});
      continue;
    }
    const bool real = difference->low > 0 || difference->high < 0;
    verdicts.push_back({pair + tr("%1 %2, 95 % interval %3 … %4, from %5 + %6 seeds. %7")
                                   .arg(number(difference->mean), unit, number(difference->low),
                                        number(difference->high))
                                   .arg(ea->n)
                                   .arg(eb->n)
                                   .arg(real ? tr("Larger than the seeds' noise.")
                                             : tr("Not larger than the seeds' noise.")),
                        real ? Tone::kGood : Tone::kWarning});
  }
  return verdicts;
}

}  // namespace lab::gui
