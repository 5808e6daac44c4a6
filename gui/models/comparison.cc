#include "gui/models/comparison.h"

#include <algorithm>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr int kAgainMs = 3000;

}  // namespace

QString colorKey(const Compared& curve) {
  if (curve.group.empty()) return QString::number(curve.job);
  return q(curve.group) + QLatin1Char('\n') + q(curve.point);
}

Comparison::Comparison(LabSession* session, JobStore* jobs, QObject* parent)
    : QObject(parent), session_(session), jobs_(jobs) {
  again_.setInterval(kAgainMs);
  connect(&again_, &QTimer::timeout, this, [this] {
    auto runs = [this](const Compared& curve) {
      const v1::Job* job = jobs_->find(curve.job);
      return !curve.group.empty() || job == nullptr || isActive(job->state());
    };
    if (std::any_of(curves().begin(), curves().end(), runs)) read();
  });
  connect(session, &LabSession::linked, this, [this] {
    answer_.known = nullptr;  // perhaps another labd
    reading_ = false;
    read();
  });
}

void Comparison::setNames(const QStringList& names) {
  if (names == names_) return;
  names_ = names;
  loaded_ = false;
  reading_ = false;
  answer_.curves.clear();
  answer_.differences.clear();
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

void Comparison::setMostPoints(int points) {
  if (points == most_points_) return;
  most_points_ = points;
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
  ComparisonQuestion question;
  for (const QString& name : names_) question.names.push_back(utf8(name));
  question.metric = wanted_metric_;
  question.axis = x_axis_;
  question.most_points = most_points_;
  question.known = answer_.known;
  session_->ask(
      this,
      [question = std::move(question)](const LabClient& client) {
        return readComparison(client, question);
      },
      [this, number = ++asked_](absl::StatusOr<ComparisonAnswer> answer) {
        if (number != asked_) return;
        reading_ = false;
        status_ = answer.status();
        if (answer.ok()) answer_ = *std::move(answer);
        loaded_ = loaded_ || status_.ok() || session_->connected();
        Q_EMIT changed();
      });
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
  for (size_t i = 0; i + 1 < curves().size(); ++i) {
    const Compared &a = curves()[i], &b = curves()[i + 1];
    if (!a.last || !b.last) continue;
    const QString pair = tr("%1 against %2: ").arg(q(a.title), q(b.title));
    const QString unit = unitText(facts().unit);
    const std::optional<Estimate> ea = estimateOf(a), eb = estimateOf(b);
    if (!ea || !eb) {
      const QString lone = ea ? q(b.title) : eb ? q(a.title) : tr("Each");
      verdicts.push_back(
          {pair + tr("%1 %2. %3 is one run, which shows no noise; with three seeds or "
                     "more on both sides this could be told from chance.")
                      .arg(number(*a.last - *b.last), unit, lone),
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
