#include "daemon/service/group_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/status.h"
#include "core/base/strings.h"

namespace lab {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Values of which a Statistic is made.
struct Values {
  Moments moments;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Add(double value) {
    moments.Add(value);
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void Write(v1::Statistic* statistic) const {
    if (moments.n() == 0) return;
    statistic->set_mean(moments.mean());
    if (auto error = moments.standard_error()) statistic->set_standard_error(*error);
    statistic->set_low(low);
    statistic->set_high(high);
  }
};

const v1::MetricSummary* Find(const v1::Job& job, const std::string& metric) {
  for (const v1::MetricSummary& summary : job.summary()) {
    if (summary.metric() == metric) return &summary;
  }
  return nullptr;
}

// Adds the member to the one count that it belongs to; true if its last value is counted.
bool TallyMember(const v1::Job& job, const v1::MetricSummary* summary, v1::Tally* tally) {
  auto one_more = [&](auto get, auto set) { (tally->*set)((tally->*get)() + 1); };
  one_more(&v1::Tally::members, &v1::Tally::set_members);
  switch (job.state()) {
    case v1::Job::FAILED:
      if (HasDiverged(job)) {
        one_more(&v1::Tally::diverged, &v1::Tally::set_diverged);
      } else {
        one_more(&v1::Tally::failed, &v1::Tally::set_failed);
      }
      return false;
    case v1::Job::CANCELLED:
      one_more(&v1::Tally::cancelled, &v1::Tally::set_cancelled);
      return false;
    case v1::Job::RUNNING:
    case v1::Job::STOPPING:
      one_more(&v1::Tally::running, &v1::Tally::set_running);
      return false;
    case v1::Job::SUCCEEDED:
      break;
    default:
      one_more(&v1::Tally::waiting, &v1::Tally::set_waiting);
      return false;
  }
  if (summary == nullptr) {
    one_more(&v1::Tally::without, &v1::Tally::set_without);
    return false;
  }
  if (!std::isfinite(summary->last())) {
    one_more(&v1::Tally::diverged, &v1::Tally::set_diverged);
    return false;
  }
  one_more(&v1::Tally::counted, &v1::Tally::set_counted);
  return true;
}

void TakeBest(const v1::Job& job, const v1::MetricSummary& summary, v1::GroupMetric* metric) {
  if (!summary.has_best() || !std::isfinite(summary.best())) return;
  const v1::BestMember& known = metric->best_member();
  const bool better =
      !metric->has_best_member() ||
      (metric->goal() == "max" ? summary.best() > known.value() : summary.best() < known.value());
  if (!better) return;
  v1::BestMember& best = *metric->mutable_best_member();
  best.set_job_id(job.id());
  best.set_value(summary.best());
  best.set_step(summary.best_step());
}

void FillMetric(const v1::GridPoint& point, v1::GroupMetric* metric) {
  Values last, best;
  for (const v1::Job& job : point.members()) {
    const v1::MetricSummary* summary = Find(job, metric->metric());
    if (summary != nullptr) TakeBest(job, *summary, metric);
    if (!TallyMember(job, summary, metric->mutable_tally())) continue;
    const int64_t step = summary->step();
    const bool first = last.moments.n() == 0;
    metric->set_first_step(first ? step : std::min<int64_t>(metric->first_step(), step));
    metric->set_last_step(first ? step : std::max<int64_t>(metric->last_step(), step));
    last.Add(summary->last());
    if (summary->has_best() && std::isfinite(summary->best())) best.Add(summary->best());
  }
  last.Write(metric->mutable_last());
  if (best.moments.n() > 0) best.Write(metric->mutable_best());
}

void FillMetrics(v1::GridPoint* point) {
  for (const v1::Job& job : point->members()) {
    for (const v1::MetricSummary& summary : job.summary()) {
      auto same = [&](const v1::GroupMetric& known) { return known.metric() == summary.metric(); };
      if (std::any_of(point->metrics().begin(), point->metrics().end(), same)) continue;
      v1::GroupMetric& metric = *point->add_metrics();
      metric.set_metric(summary.metric());
      metric.set_unit(summary.unit());
      metric.set_goal(summary.goal());
    }
  }
  for (v1::GroupMetric& metric : *point->mutable_metrics()) FillMetric(*point, &metric);
}

// By step, one point a step: the last that was given.
void OnePerStep(std::vector<StoredPoint>* points) {
  auto before = [](const StoredPoint& a, const StoredPoint& b) { return a.step < b.step; };
  if (!std::is_sorted(points->begin(), points->end(), before)) {
    std::stable_sort(points->begin(), points->end(), before);
  }
  size_t kept = 0;
  for (const StoredPoint& point : *points) {
    if (kept > 0 && (*points)[kept - 1].step == point.step) --kept;
    (*points)[kept++] = point;
  }
  points->resize(kept);
}

}  // namespace

void Moments::Add(double finite) {
  ++n_;
  const double off = finite - mean_;
  mean_ += off / static_cast<double>(n_);
  squares_ += off * (finite - mean_);
}

double Moments::mean() const { return n_ == 0 ? kNan : mean_; }

std::optional<double> Moments::standard_error() const {
  if (n_ < 2) return std::nullopt;
  const auto n = static_cast<double>(n_);
  return std::sqrt(squares_ / (n - 1) / n);
}

std::string GridLabel(const v1::Job& member) {
  const std::string seed = StrCat("seed=", member.seed());
  std::string label = member.member();
  // `seeds:` is the innermost axis, so its word stands last; a swept seed may stand anywhere.
  for (size_t at = label.rfind(seed); at != std::string::npos; at = label.rfind(seed, at - 1)) {
    const size_t end = at + seed.size();
    const bool whole =
        (at == 0 || label[at - 1] == ' ') && (end == label.size() || label[end] == ' ');
    if (whole) {
      if (at > 0) return label.erase(at - 1, seed.size() + 1);
      return label.erase(0, seed.size() + (end < label.size() ? 1 : 0));
    }
    if (at == 0) break;
  }
  return label;
}

bool HasDiverged(const v1::Job& job) {
  return job.state() == v1::Job::FAILED && job.error().reason() == reason::kLossNotFinite;
}

v1::Group GroupOf(std::string_view name, std::vector<v1::Job> members) {
  v1::Group group;
  group.set_name(std::string(name));
  for (v1::Job& member : members) {
    const std::string label = GridLabel(member);
    auto same = [&](const v1::GridPoint& point) { return point.label() == label; };
    auto found = std::find_if(group.mutable_points()->begin(), group.mutable_points()->end(), same);
    v1::GridPoint& point = found == group.mutable_points()->end() ? *group.add_points() : *found;
    point.set_label(label);
    *point.add_members() = std::move(member);
  }
  for (v1::GridPoint& point : *group.mutable_points()) FillMetrics(&point);
  return group;
}

std::vector<StepStatistics::Row> StepStatistics::Merged(
    const std::vector<StoredPoint>& points) const {
  std::vector<Row> merged;
  merged.reserve(std::max(rows_.size(), points.size()));
  auto row = rows_.begin();
  for (const StoredPoint& point : points) {
    while (row != rows_.end() && row->step < point.step) merged.push_back(*row++);
    if (row != rows_.end() && row->step == point.step) {
      merged.push_back(*row++);
    } else {
      merged.push_back({.step = point.step});
    }
    Row& here = merged.back();
    ++here.points;
    here.seconds += point.seconds;
    if (std::isfinite(point.value)) {
      here.value.Add(point.value);
    } else {
      ++here.diverged;
    }
  }
  merged.insert(merged.end(), row, rows_.end());
  return merged;
}

void StepStatistics::Add(std::vector<StoredPoint> points, bool diverged) {
  ++members_;
  OnePerStep(&points);
  rows_ = Merged(points);
  if (diverged) last_steps_.push_back(points.empty() ? -1 : points.back().step);
}

std::vector<size_t> StepStatistics::Kept(int64_t max_points) const {
  std::vector<size_t> kept;
  const auto rows = static_cast<int64_t>(rows_.size());
  const bool thin = max_points > 0 && rows > max_points;
  if (!thin) {
    for (size_t i = 0; i < rows_.size(); ++i) kept.push_back(i);
    return kept;
  }
  const int64_t buckets = std::max<int64_t>(1, max_points / 5);
  for (int64_t bucket = 0; bucket < buckets; ++bucket) {
    Extremes extremes;
    const int64_t end = rows * (bucket + 1) / buckets;
    for (int64_t i = rows * bucket / buckets; i < end; ++i) {
      // Sequence 0 means none.
      extremes.Add(StoredPoint{.sequence = i + 1, .value = rows_[i].value.mean()});
    }
    for (const StoredPoint& point : extremes.Points()) {
      kept.push_back(static_cast<size_t>(point.sequence - 1));
    }
  }
  return kept;
}

void StepStatistics::Write(int64_t max_points, v1::GroupPart* part) const {
  const std::vector<size_t> kept = Kept(max_points);
  part->set_members(members_);
  part->set_raw_count(static_cast<int64_t>(rows_.size()));
  part->set_thinned(kept.size() < rows_.size());
  for (size_t i : kept) {
    const Row& row = rows_[i];
    const auto gone = std::count_if(last_steps_.begin(), last_steps_.end(),
                                    [&](int64_t last) { return last < row.step; });
    part->add_step(row.step);
    part->add_seconds(row.seconds / static_cast<double>(row.points));
    part->add_n(row.value.n());
    part->add_diverged(row.diverged + gone);
    part->add_mean(row.value.mean());
    part->add_standard_error(row.value.standard_error().value_or(kNan));
  }
}

}  // namespace lab
