#include "proto/client/compared.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"
#include "proto/client/smoother.h"

namespace lab {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr char kTokens[] = "train/tokens";

bool Has(const RunData& run, const std::string& metric) {
  const std::vector<std::string> names = MetricsOf(run);
  return std::find(names.begin(), names.end(), metric) != names.end();
}

// "floor/loss" of "train/loss", "floor/val_loss" of "val/loss"; "" of others.
std::string FloorName(const std::string& metric) {
  if (metric == "train/loss") return "floor/loss";
  if (metric == "val/loss") return "floor/val_loss";
  return "";
}

std::optional<double> FloorOf(const v1::Job& job, const std::string& metric) {
  const v1::MetricSummary* floor = SummaryOf(job, FloorName(metric));
  if (floor == nullptr || !std::isfinite(floor->last())) return std::nullopt;
  return floor->last();
}

// Tokens at each of `steps`, between the known ones proportionally; none if nothing is known.
template <class Steps, class Known, class Values>
std::vector<double> TokensAt(const Steps& steps, const Known& known, const Values& tokens) {
  std::vector<double> at;
  if (known.empty()) return at;
  int i = 0;
  for (int64_t step : steps) {
    while (i < known.size() && known[i] < step) ++i;
    if (i == known.size()) {
      at.push_back(tokens[i - 1]);
      continue;
    }
    const double before = i == 0 ? 0 : static_cast<double>(known[i - 1]);
    const double least = i == 0 ? 0 : tokens[i - 1];
    const double share = known[i] > before ? (static_cast<double>(step) - before) /
                                                 (static_cast<double>(known[i]) - before)
                                           : 1;
    at.push_back(least + share * (tokens[i] - least));
  }
  return at;
}

template <class Part, class Values>
std::vector<double> XOf(const Part& part, const Part* tokens, const Values* token_values,
                        XAxis x_axis) {
  if (x_axis == XAxis::kTime) return {part.seconds().begin(), part.seconds().end()};
  if (x_axis == XAxis::kStep) return {part.step().begin(), part.step().end()};
  if (tokens == nullptr) return {};
  return TokensAt(part.step(), tokens->step(), *token_values);
}

Compared CurveOfJob(const RunData& run, const v1::SeriesPart& series, XAxis x_axis) {
  Compared curve;
  curve.job = run.job.id();
  curve.title = StrCat(run.job.id(), " ", TitleOf(run.job));
  if (!run.job.member().empty()) curve.title += StrCat(" ", run.job.member());
  curve.state = StateWord(run.job.state());
  if (run.job.has_error()) curve.state += StrCat(", ", run.job.error().reason());
  const v1::SeriesPart* tokens = nullptr;
  for (const v1::SeriesPart& one : run.series) {
    if (one.name() == kTokens) tokens = &one;
  }
  curve.x = XOf(series, tokens, tokens == nullptr ? nullptr : &tokens->value(), x_axis);
  curve.y.assign(series.value().begin(), series.value().end());
  curve.step.assign(series.step().begin(), series.step().end());
  if (const v1::MetricSummary* summary = SummaryOf(run.job, series.name())) {
    curve.last = summary->last();
    curve.last_step = summary->step();
    if (summary->has_best()) curve.best = summary->best();
    if (summary->has_best_step()) curve.best_step = summary->best_step();
  }
  curve.floor = FloorOf(run.job, series.name());
  return curve;
}

// Of the newest step with a value: who is in it, and what they come to.
void TakeLast(const v1::GroupPart& part, Compared& curve) {
  int last = part.step_size() - 1;
  while (last > 0 && part.n(last) == 0) --last;
  if (last < 0) return;
  curve.last_step = part.step(last);
  curve.state = StepTallyText(part.members(), part.n(last), part.diverged(last));
  if (part.n(last) > 0) curve.last = part.mean(last);
  if (part.n(last) > 1) curve.last_error = part.standard_error(last);
}

Compared CurveOfPoint(const RunData& run, const v1::GroupPart& part, XAxis x_axis) {
  const v1::GridPoint& point = run.group.points(static_cast<int>(part.point()));
  Compared curve;
  curve.group = run.group.name();
  curve.point = part.label();
  curve.title = StrCat(curve.group, curve.point.empty() ? "" : " ", curve.point);
  curve.job = point.members(0).id();
  curve.members = part.members();
  const v1::GroupPart* tokens = nullptr;
  for (const v1::GroupPart& one : run.statistics) {
    if (one.name() == kTokens && one.point() == part.point()) tokens = &one;
  }
  curve.x = XOf(part, tokens, tokens == nullptr ? nullptr : &tokens->mean(), x_axis);
  curve.y.assign(part.mean().begin(), part.mean().end());
  curve.standard_error.assign(part.standard_error().begin(), part.standard_error().end());
  curve.step.assign(part.step().begin(), part.step().end());
  curve.n.assign(part.n().begin(), part.n().end());
  curve.diverged.assign(part.diverged().begin(), part.diverged().end());
  TakeLast(part, curve);
  for (const v1::GroupMetric& metric : point.metrics()) {
    if (metric.metric() != part.name() || !metric.has_best()) continue;
    curve.best = metric.best().mean();
    if (metric.best().has_standard_error()) curve.best_error = metric.best().standard_error();
  }
  curve.floor = FloorOf(point.members(0), part.name());
  return curve;
}

}  // namespace

absl::StatusOr<std::string> ChooseMetric(const std::vector<RunData>& runs) {
  for (const char* name : {"val/loss", "train/loss"}) {
    auto has = [&](const RunData& run) { return Has(run, name); };
    if (std::all_of(runs.begin(), runs.end(), has)) return name;
  }
  for (const char* name : {"val/loss", "train/loss"}) {
    auto has = [&](const RunData& run) { return Has(run, name); };
    if (std::any_of(runs.begin(), runs.end(), has)) return name;
  }
  for (const RunData& run : runs) {
    for (const std::string& name : MetricsOf(run)) {
      const std::string goal = FactsOf({run}, name).goal;
      if (goal == "min" || goal == "max") return name;
    }
  }
  return absl::NotFoundError("there is nothing to compare: none of them has logged a metric yet");
}

MetricFacts FactsOf(const std::vector<RunData>& runs, const std::string& metric) {
  for (const RunData& run : runs) {
    if (const v1::MetricSummary* summary = SummaryOf(run.job, metric)) {
      return {summary->goal(), summary->unit()};
    }
    for (const v1::GridPoint& point : run.group.points()) {
      for (const v1::GroupMetric& one : point.metrics()) {
        if (one.metric() == metric) return {one.goal(), one.unit()};
      }
    }
  }
  return {"none", ""};
}

std::vector<Compared> CurvesOf(const std::vector<RunData>& runs, const std::string& metric,
                               XAxis x_axis) {
  std::vector<Compared> curves;
  for (const RunData& run : runs) {
    for (const v1::SeriesPart& series : run.series) {
      if (series.name() == metric) curves.push_back(CurveOfJob(run, series, x_axis));
    }
    for (const v1::GroupPart& part : run.statistics) {
      if (part.name() == metric) curves.push_back(CurveOfPoint(run, part, x_axis));
    }
  }
  constexpr std::string_view kMarks = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (size_t i = 0; i < curves.size(); ++i) {
    curves[i].mark = i < kMarks.size() ? std::string(1, kMarks[i]) : "#";
  }
  return curves;
}

std::vector<double> Smoothed(const std::vector<double>& values, double smoothness) {
  if (smoothness <= 0) return values;
  Smoother smoother;
  std::vector<double> smoothed;
  smoothed.reserve(values.size());
  for (double value : values) smoothed.push_back(smoother.Next(value, smoothness));
  return smoothed;
}

std::vector<size_t> BestCurves(const std::vector<Compared>& curves, const std::string& goal,
                               size_t most) {
  std::vector<size_t> order(curves.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (curves.size() <= most) return order;
  auto value = [&](size_t i) {
    const std::optional<double>& best = goal == "none" ? curves[i].last : curves[i].best;
    const double known = best ? *best : curves[i].last.value_or(kNan);
    if (!std::isfinite(known)) return std::numeric_limits<double>::infinity();
    return goal == "max" ? -known : known;
  };
  // Without a goal none is better than another: those named first.
  if (goal == "min" || goal == "max") {
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return value(a) < value(b); });
  }
  order.resize(most);
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace lab
