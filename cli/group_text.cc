#include "cli/group_text.h"

#include <map>
#include <optional>

#include "cli/state_color.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

const v1::GroupMetric* MetricOf(const v1::GridPoint& point, std::string_view name) {
  for (const v1::GroupMetric& metric : point.metrics()) {
    if (metric.metric() == name) return &metric;
  }
  return nullptr;
}

// "1.302 ± 0.012"; "" of nothing.
std::string EstimateText(bool present, const v1::Statistic& statistic, bool unicode) {
  if (!present || !statistic.has_mean()) return "";
  std::optional<double> error;
  if (statistic.has_standard_error()) error = statistic.standard_error();
  return FormatEstimate(statistic.mean(), error, unicode);
}

// "100", or "90 to 100" where members ended at different steps.
std::string StepsText(const v1::GroupMetric& metric) {
  if (!metric.last().has_mean()) return "";
  if (metric.first_step() == metric.last_step()) return StrCat(metric.last_step());
  return StrCat(metric.first_step(), " to ", metric.last_step());
}

std::string BestText(const v1::GroupMetric& metric) {
  if (!metric.has_best_member()) return "";
  const v1::BestMember& best = metric.best_member();
  return StrCat("job ", best.job_id(), ": ", FormatNumber(best.value()), " at step ", best.step());
}

void PrintMembers(Context& context, const v1::Group& group, const std::string& leading) {
  Table table({{"JOB", true},
               {"MEMBER", false, true},
               {"STATE"},
               {"STEP", true, false, true},
               {leading.empty() ? "LAST" : leading, true},
               {"BEST", true},
               {"AT STEP", true, false, true},
               {"ERROR", false, false, true}});
  for (const v1::GridPoint& point : group.points()) {
    for (const v1::Job& job : point.members()) {
      std::string state = StateWord(job.state());
      if (auto color = ColorOf(job.state())) state = context.Painted(state, *color);
      const v1::MetricSummary* summary = SummaryOf(job, leading);
      const bool has_best = summary != nullptr && summary->has_best();
      table.Add({StrCat(job.id()), ForTerminal(job.member(), false), state,
                 job.progress().total_steps() > 0
                     ? StrCat(job.progress().step(), "/", job.progress().total_steps())
                     : "",
                 summary != nullptr ? FormatNumber(summary->last()) : "",
                 has_best ? FormatNumber(summary->best()) : "",
                 has_best ? StrCat(summary->best_step()) : "", job.error().reason()});
    }
  }
  context.PrintTable(table);
}

std::vector<std::string> Cells(const std::string& head, const v1::GroupMetric& metric,
                               bool unicode) {
  return {head,
          TallyText(metric.tally()),
          EstimateText(metric.has_last(), metric.last(), unicode),
          StepsText(metric),
          EstimateText(metric.has_best(), metric.best(), unicode),
          BestText(metric)};
}

Table StatisticTable(const char* head) {
  return Table({{head, false, true},
                {"N"},
                {"LAST"},
                {"AT STEP", true, false, true},
                {"BEST"},
                {"BEST MEMBER", false, false, true}});
}

// Every metric of the one grid point.
void PrintOnePoint(Context& context, const v1::GridPoint& point) {
  Table table = StatisticTable("METRIC");
  for (const v1::GroupMetric& metric : point.metrics()) {
    table.Add(Cells(metric.metric(), metric, context.terminal().unicode));
  }
  context.PrintTable(table);
}

// One row a grid point.
void PrintGrid(Context& context, const v1::Group& group, const std::string& leading) {
  Table table = StatisticTable("POINT");
  for (const v1::GridPoint& point : group.points()) {
    const v1::GroupMetric* metric = MetricOf(point, leading);
    v1::GroupMetric none;
    if (metric == nullptr) none.mutable_tally()->set_members(point.members_size());
    table.Add(Cells(ForTerminal(point.label(), false), metric != nullptr ? *metric : none,
                    context.terminal().unicode));
  }
  context.PrintTable(table);
}

// The best member of all grid points; null if there is none.
const v1::GroupMetric* BestOfAll(const v1::Group& group, const std::string& leading) {
  const v1::GroupMetric* best = nullptr;
  for (const v1::GridPoint& point : group.points()) {
    const v1::GroupMetric* metric = MetricOf(point, leading);
    if (metric == nullptr || !metric->has_best_member()) continue;
    const double value = metric->best_member().value();
    const bool better =
        best == nullptr || (metric->goal() == "max" ? value > best->best_member().value()
                                                    : value < best->best_member().value());
    if (better) best = metric;
  }
  return best;
}

}  // namespace

std::string LeadingMetric(const v1::Group& group) {
  for (const char* name : {"val/loss", "train/loss"}) {
    for (const v1::GridPoint& point : group.points()) {
      if (MetricOf(point, name) != nullptr) return name;
    }
  }
  for (const v1::GridPoint& point : group.points()) {
    for (const v1::GroupMetric& metric : point.metrics()) {
      if (metric.goal() == "min" || metric.goal() == "max") return metric.metric();
    }
  }
  return "";
}

std::string StatesText(const v1::Group& group) {
  std::map<v1::Job::State, int64_t> counts;
  for (const v1::GridPoint& point : group.points()) {
    for (const v1::Job& job : point.members()) ++counts[job.state()];
  }
  std::string text;
  for (const auto& [state, count] : counts) {
    text += StrCat(text.empty() ? "" : ", ", count, " ", StateWord(state));
  }
  return text;
}

void PrintGroup(Context& context, const v1::Group& group) {
  int64_t members = 0;
  for (const v1::GridPoint& point : group.points()) members += point.members_size();
  context.Print(StrCat("group ", ForTerminal(group.name(), false), "  ", members,
                       members == 1 ? " member: " : " members: ", StatesText(group), "\n\n"));
  const std::string leading = LeadingMetric(group);
  PrintMembers(context, group, leading);
  if (leading.empty()) return;
  const char* sign = context.terminal().unicode ? " ± " : " +/- ";
  context.Print("\n");
  if (group.points_size() == 1) {
    context.Print(StrCat("mean", sign, "standard error over the seeds\n"));
    PrintOnePoint(context, group.points(0));
  } else {
    context.Print(StrCat(leading, " by grid point, mean", sign, "standard error over its seeds\n"));
    PrintGrid(context, group, leading);
  }
  if (const v1::GroupMetric* best = BestOfAll(group, leading)) {
    context.Print(StrCat("\nbest ", leading, ": ", BestText(*best), "\n"));
  }
}

}  // namespace lab::cli
