// compare: curves of several jobs and groups laid over each other, with what they came to.

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/chart.h"
#include "cli/series.h"
#include "core/base/strings.h"
#include "proto/client/compared.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

constexpr int kDefaultWidth = 80, kDefaultHeight = 16;
constexpr int64_t kPointsPerColumn = 8;
constexpr size_t kMostConfigs = 100;  // that labd compares at once

struct Given {
  std::vector<std::string> names;
  std::string metric;
  std::string x = "step";
  double smooth = 0;
  bool log = false;
  int64_t width = 0, height = 0;
  int64_t curves = 8;
};

// What is compared, and how it is to be shown.
struct Comparison {
  std::string metric;
  MetricFacts facts;
  XAxis x_axis = XAxis::kStep;
  std::vector<Compared> curves;
  std::vector<std::string> without;         // runs that have not logged the metric
  std::vector<v1::SettingRow> differences;  // a setting a curve: of a grid point its first member's
};

absl::StatusOr<XAxis> ParseX(const std::string& word) {
  if (word == "step") return XAxis::kStep;
  if (word == "tokens") return XAxis::kTokens;
  if (word == "time") return XAxis::kTime;
  return UsageError(StrCat("--x ", word, ": give step, tokens or time"));
}

absl::Status CheckGiven(const Given& given) {
  if (!(given.smooth >= 0 && given.smooth < 1)) {
    return UsageError("--smooth must be at least 0 and below 1");
  }
  if (given.width != 0 && (given.width < 30 || given.width > 1000)) {
    return UsageError("--width must be between 30 and 1000");
  }
  if (given.height != 0 && (given.height < 4 || given.height > 200)) {
    return UsageError("--height must be between 4 and 200");
  }
  if (given.curves < 1) return UsageError("--curves must be at least 1");
  return absl::OkStatus();
}

// The width to draw in; 0 for no chart: a file or a pipe gets the table alone.
int ChartWidth(const Context& context, const Given& given) {
  if (given.width > 0) return static_cast<int>(given.width);
  if (!context.terminal().out_is_tty && given.height == 0) return 0;
  const int width = context.terminal().Width();
  return std::max(30, width > 0 ? width : kDefaultWidth);
}

absl::StatusOr<Comparison> Read(Context& context, const LabClient& client, const Given& given) {
  Comparison comparison;
  ASSIGN_OR_RETURN(comparison.x_axis, ParseX(given.x));
  std::vector<RunData> runs;
  for (const std::string& name : given.names) {
    ASSIGN_OR_RETURN(RunData run, FindRun(client, name));
    runs.push_back(std::move(run));
  }
  comparison.metric = given.metric;
  if (given.metric.empty()) {
    ASSIGN_OR_RETURN(comparison.metric, ChooseMetric(runs));
  }
  comparison.facts = FactsOf(runs, comparison.metric);
  SeriesQuestion wanted;
  wanted.names = {comparison.metric};
  if (comparison.x_axis == XAxis::kTokens) wanted.names.push_back("train/tokens");
  wanted.lenient = true;
  const int width = ChartWidth(context, given);
  // An average needs every point, and so does who reads the numbers.
  const bool whole = context.json() || given.smooth > 0 || width == 0;
  if (!whole) wanted.max_points = kPointsPerColumn * width;
  for (RunData& run : runs) {
    RETURN_IF_ERROR(ReadRun(context, client, wanted, &run));
    const std::vector<std::string> known = MetricsOf(run);
    for (const std::string& name : wanted.names) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      comparison.without.push_back(StrCat(run.Title(), " has not logged ", name));
      break;
    }
  }
  comparison.curves = CurvesOf(runs, comparison.metric, comparison.x_axis);
  auto no_x = [](const Compared& curve) { return curve.x.empty(); };
  auto& curves = comparison.curves;
  curves.erase(std::remove_if(curves.begin(), curves.end(), no_x), curves.end());
  if (!curves.empty()) return comparison;
  std::vector<std::string> known;
  for (const RunData& run : runs) {
    for (const std::string& name : MetricsOf(run)) known.push_back(name);
  }
  const std::string nearest = NearestWord(comparison.metric, known);
  return absl::NotFoundError(
      Absl(StrCat("none of them has logged ", comparison.metric,
                  comparison.x_axis == XAxis::kTokens ? " and train/tokens" : "",
                  nearest.empty() || nearest == comparison.metric ? "" : "; did you mean ",
                  nearest == comparison.metric ? "" : nearest)));
}

absl::Status ReadDifferences(Context& context, const LabClient& client, Comparison* comparison) {
  std::vector<int64_t> ids;
  for (const Compared& curve : comparison->curves) ids.push_back(curve.job);
  if (std::set<int64_t>(ids.begin(), ids.end()).size() < 2) return absl::OkStatus();
  if (ids.size() > kMostConfigs) {
    context.Say(StrCat("the settings of more than ", kMostConfigs, " runs are not compared"));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(v1::CompareConfigsResponse compared, client.CompareConfigs(ids));
  comparison->differences = {compared.rows().begin(), compared.rows().end()};
  return absl::OkStatus();
}

std::string ValueOf(const v1::Setting& setting) {
  return setting.present() ? setting.value() : "-";
}

// "1e-3 (a c), 3e-3 (b)".
std::string ValuesText(const v1::SettingRow& row, const std::vector<Compared>& curves) {
  std::vector<std::pair<std::string, std::string>> values;  // and whose they are
  for (size_t i = 0; i < curves.size() && i < static_cast<size_t>(row.settings_size()); ++i) {
    const std::string value = ValueOf(row.settings(static_cast<int>(i)));
    auto same = [&](const auto& known) { return known.first == value; };
    auto found = std::find_if(values.begin(), values.end(), same);
    if (found == values.end()) {
      values.emplace_back(value, curves[i].mark);
    } else {
      found->second += " " + curves[i].mark;
    }
  }
  std::string text;
  for (const auto& [value, marks] : values) {
    text += StrCat(text.empty() ? "" : ", ", ForTerminal(value, false), " (", marks, ")");
  }
  return text;
}

void PrintDifferences(Context& context, const Comparison& comparison) {
  if (comparison.differences.empty()) return;
  Table table({{"SETTING", false, true}, {"VALUES", false, true}});
  for (const v1::SettingRow& row : comparison.differences) {
    table.Add({row.field(), ValuesText(row, comparison.curves)});
  }
  context.Print("\n");
  context.PrintTable(table);
}

Json OptionalJson(const std::optional<double>& value) {
  return value ? NumberJson(*value) : Json();
}

Json CurveJson(const Compared& curve, double smooth) {
  Json json;
  if (curve.group.empty()) {
    json["job"] = curve.job;
  } else {
    json["group"] = curve.group;
    json["point"] = curve.point;
    json["members"] = curve.members;
  }
  json["state"] = curve.state;
  json["last"] = OptionalJson(curve.last);
  json["last_step"] = curve.last ? Json(curve.last_step) : Json();
  json["best"] = OptionalJson(curve.best);
  json["best_step"] = curve.best_step ? Json(*curve.best_step) : Json();
  if (!curve.group.empty()) {
    json["last_standard_error"] = OptionalJson(curve.last_error);
    json["best_standard_error"] = OptionalJson(curve.best_error);
  }
  json["floor"] = OptionalJson(curve.floor);
  Json points = Json::array();
  const std::vector<double> y = Smoothed(curve.y, smooth);
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (curve.group.empty()) {
      points.push_back(Json::array({NumberJson(curve.x[i]), NumberJson(y[i])}));
      continue;
    }
    points.push_back(
        Json::array({NumberJson(curve.x[i]), curve.n[i] > 0 ? NumberJson(y[i]) : Json(),
                     curve.n[i] > 1 ? NumberJson(curve.standard_error[i]) : Json(), curve.n[i],
                     curve.diverged[i]}));
  }
  json["points"] = std::move(points);
  return json;
}

void PrintComparisonJson(Context& context, const Given& given, const Comparison& comparison) {
  Json document = Document();
  document["metric"] = comparison.metric;
  document["unit"] = comparison.facts.unit;
  document["goal"] = comparison.facts.goal;
  document["x"] = given.x;
  document["smooth"] = NumberJson(given.smooth);
  document["curves"] = Json::array();
  for (const Compared& curve : comparison.curves) {
    document["curves"].push_back(CurveJson(curve, given.smooth));
  }
  document["differences"] = Json::array();
  for (const v1::SettingRow& row : comparison.differences) {
    Json values = Json::array();
    for (const v1::Setting& setting : row.settings()) {
      values.push_back(setting.present() ? Json(setting.value()) : Json());
    }
    document["differences"].push_back({{"field", row.field()}, {"values", std::move(values)}});
  }
  document["without"] = Json::array();
  for (const std::string& line : comparison.without) document["without"].push_back(line);
  context.PrintJson(document);
}

// Seconds, minutes or hours, by how many there are.
struct TimeUnit {
  double seconds;
  const char* title;
};
TimeUnit UnitFor(double longest) {
  if (longest < 300) return {1, "running time, seconds"};
  if (longest < 4 * 3600) return {60, "running time, minutes"};
  return {3600, "running time, hours"};
}

std::vector<double> FloorsOf(const std::vector<Compared>& curves) {
  std::set<double> floors;
  for (const Compared& curve : curves) {
    if (curve.floor) floors.insert(*curve.floor);
  }
  return {floors.begin(), floors.end()};
}

ChartCurve Drawn(const Compared& curve, size_t index, double smooth, double x_unit) {
  ChartCurve drawn;
  drawn.mark = curve.mark;
  drawn.ink = CurveInk(index, curve.mark.front());
  for (double x : curve.x) drawn.x.push_back(x / x_unit);
  drawn.y = Smoothed(curve.y, smooth);
  if (curve.members < 2) return drawn;
  std::vector<double> low = curve.y, high = curve.y;
  for (size_t i = 0; i < curve.y.size(); ++i) {
    low[i] -= curve.standard_error[i];
    high[i] += curve.standard_error[i];
  }
  drawn.low = Smoothed(low, smooth);
  drawn.high = Smoothed(high, smooth);
  return drawn;
}

void PrintChart(Context& context, const Given& given, const Comparison& comparison,
                const std::vector<size_t>& shown) {
  double longest = 0;
  for (size_t i : shown) longest = std::max(longest, comparison.curves[i].x.back());
  const TimeUnit unit = comparison.x_axis == XAxis::kTime ? UnitFor(longest) : TimeUnit{1, ""};
  ChartOptions options;
  options.width = ChartWidth(context, given);
  options.height = given.height > 0 ? static_cast<int>(given.height) : kDefaultHeight;
  options.unicode = context.terminal().unicode;
  options.color = context.terminal().out_color;
  options.log_y = given.log;
  options.x_title = comparison.x_axis == XAxis::kTime     ? unit.title
                    : comparison.x_axis == XAxis::kTokens ? "tokens trained on"
                                                          : "step";
  options.floors = FloorsOf(comparison.curves);
  std::vector<ChartCurve> curves;
  bool band = false;
  for (size_t i : shown) {
    curves.push_back(Drawn(comparison.curves[i], curves.size(), given.smooth, unit.seconds));
    band |= !curves.back().low.empty();
  }
  std::string title = comparison.metric;
  if (!comparison.facts.unit.empty()) title += StrCat(", ", comparison.facts.unit);
  if (given.log) title += ", logarithmic";
  if (given.smooth > 0) title += StrCat(", smoothed by ", FormatNumber(given.smooth));
  if (band) title += "; band: mean and one standard error to each side";
  const std::string chart = DrawChart(curves, options);
  if (chart.empty()) {
    context.Say(StrCat("nothing to draw: no value of ", comparison.metric,
                       given.log ? " is finite and above 0" : " is finite"));
    return;
  }
  context.Print(StrCat(title, "\n", chart, "\n"));
}

std::string EstimateCell(const std::optional<double>& value, const std::optional<double>& error,
                         bool of_group, bool unicode) {
  if (!value) return "";
  return of_group ? FormatEstimate(*value, error, unicode) : FormatNumber(*value);
}

void PrintLegend(Context& context, const Comparison& comparison, const std::vector<size_t>& shown,
                 bool chart) {
  const bool unicode = context.terminal().unicode;
  Table table({{""},
               {"RUN", false, true},
               {"LAST", true},
               {"AT STEP", true},
               {"BEST", true},
               {"AT STEP", true, false, true},
               {"STATE", false, true, true}});
  for (size_t i = 0; i < comparison.curves.size(); ++i) {
    const Compared& curve = comparison.curves[i];
    const bool of_group = !curve.group.empty();
    auto place = std::find(shown.begin(), shown.end(), i);
    std::string mark = curve.mark;
    if (chart) {
      const auto index = static_cast<size_t>(place - shown.begin());
      mark = place == shown.end()
                 ? StrCat("(", mark, ")")
                 : PaintIndexed(mark, CurveInk(index, ' ').color, context.terminal().out_color);
    }
    table.Add({mark, ForTerminal(curve.title, false),
               EstimateCell(curve.last, curve.last_error, of_group, unicode),
               curve.last ? StrCat(curve.last_step) : "",
               EstimateCell(curve.best, curve.best_error, of_group, unicode),
               curve.best_step ? StrCat(*curve.best_step) : "", curve.state});
  }
  context.PrintTable(table);
  for (double floor : FloorsOf(comparison.curves)) {
    context.Print(StrCat(chart ? "dotted: " : "", "the floor ", FormatNumber(floor), "\n"));
  }
}

void PrintLeftOut(Context& context, const Comparison& comparison,
                  const std::vector<size_t>& shown) {
  if (shown.size() == comparison.curves.size()) return;
  context.Print(StrCat("the chart shows the ", shown.size(), " best of ", comparison.curves.size(),
                       "; left out, their letters in brackets: ",
                       comparison.curves.size() - shown.size(), " (--curves N draws more)\n"));
}

absl::StatusOr<int> Compare(Context& context, const Given& given) {
  RETURN_IF_ERROR(CheckGiven(given));
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(Comparison comparison, Read(context, *client, given));
  RETURN_IF_ERROR(ReadDifferences(context, *client, &comparison));
  if (context.json()) {
    PrintComparisonJson(context, given, comparison);
    return kOk;
  }
  for (const std::string& line : comparison.without) context.Say(StrCat(line, ": left out"));
  const std::vector<size_t> shown =
      BestCurves(comparison.curves, comparison.facts.goal, static_cast<size_t>(given.curves));
  const bool chart = ChartWidth(context, given) > 0;
  if (chart) PrintChart(context, given, comparison, shown);
  PrintLegend(context, comparison, shown, chart);
  if (chart) PrintLeftOut(context, comparison, shown);
  PrintDifferences(context, comparison);
  return kOk;
}

}  // namespace

Run ConfigureCompare(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Words("id", &given->names, "jobs and groups; of a group the mean of each grid point")
      .Offers(OfferJobsOrGroups());
  takes.Option("--metric", &given->metric, "which; left out: val/loss or train/loss")
      .Offers(OfferOf(OfferKind::kMetrics));
  takes.Option("--x", &given->x, "step, tokens or time")
      .Offers(OfferWords({"step", "tokens", "time"}));
  takes.Flag("--log", &given->log, "a logarithmic axis");
  takes.Option("--smooth", &given->smooth, "0: as it was; towards 1: a longer moving average");
  takes.Option("--width", &given->width, "columns; draws also into a pipe");
  takes.Option("--height", &given->height, "rows of the chart; draws also into a pipe");
  takes.Option("--curves", &given->curves, "draw at most so many, the best (8)");
  return [given](Context& context) { return Compare(context, *given); };
}

}  // namespace lab::cli
