// metrics: an overview of all series, the points of some, or CSV; in JSON always the points.

#include <map>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/sparkline.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

constexpr int64_t kOverviewPoints = 200;
constexpr int kSparkColumns = 24;

struct Given {
  std::string id;
  std::vector<std::string> names;
  int64_t max_points = 0;
  bool csv = false;
};

struct Series {
  std::string name;
  std::string unit;
  int64_t raw_count = 0;
  bool thinned = false;
  std::vector<int64_t> step;
  std::vector<double> seconds;
  std::vector<double> value;
};

// All parts joined, in the order in which labd sends the series.
absl::StatusOr<std::vector<Series>> Read(Context& context, const LabClient& client,
                                         const v1::ReadMetricsRequest& request) {
  std::vector<Series> all;
  std::map<std::string, size_t> place;
  Cancellation cancellation;
  Interrupts::Scope interrupt(context.interrupts(), [&] { cancellation.Cancel(); });
  RETURN_IF_ERROR(client.ReadMetrics(
      request,
      [&](const v1::SeriesPart& part) {
        auto [found, fresh] = place.emplace(part.name(), all.size());
        if (fresh) all.emplace_back();
        Series& series = all[found->second];
        series.name = part.name();
        series.unit = part.unit();
        series.raw_count = part.raw_count();
        series.thinned |= part.thinned();
        series.step.insert(series.step.end(), part.step().begin(), part.step().end());
        series.seconds.insert(series.seconds.end(), part.seconds().begin(), part.seconds().end());
        series.value.insert(series.value.end(), part.value().begin(), part.value().end());
        return true;
      },
      &cancellation));
  return all;
}

Json SeriesJson(const Series& series) {
  Json json = {{"name", series.name}, {"unit", series.unit}};
  Json points = Json::array();
  for (size_t i = 0; i < series.step.size(); ++i) {
    points.push_back(
        Json::array({series.step[i], NumberJson(series.seconds[i]), NumberJson(series.value[i])}));
  }
  json["points"] = std::move(points);
  json["raw_count"] = series.raw_count;
  json["thinned"] = series.thinned;
  return json;
}

void PrintOverview(Context& context, const std::vector<Series>& all) {
  Table table({{"METRIC", false, true},
               {"UNIT", false, false, true},
               {"POINTS", true, false, true},
               {"FIRST", true},
               {"LAST", true},
               {"CURVE", false, false, true}});
  for (const Series& series : all) {
    bool some = !series.value.empty();
    table.Add({series.name, series.unit, StrCat(series.raw_count),
               some ? FormatNumber(series.value.front()) : "",
               some ? FormatNumber(series.value.back()) : "",
               Sparkline(series.value, kSparkColumns, context.terminal().unicode)});
  }
  context.PrintTable(table);
}

void PrintCsv(Context& context, const std::vector<Series>& all) {
  std::string text = "metric,step,seconds,value\n";
  for (const Series& series : all) {
    for (size_t i = 0; i < series.step.size(); ++i) {
      text += StrCat(series.name, ",", series.step[i], ",", FormatDouble(series.seconds[i]), ",",
                     FormatDouble(series.value[i]), "\n");
    }
    context.Print(text);
    text.clear();
  }
  context.Print(text);
}

// One row a step, one column a series; empty where a series has no point.
void PrintPoints(Context& context, const std::vector<Series>& all) {
  std::vector<Column> columns = {{"STEP", true}, {"SECONDS", true, false, true}};
  std::map<int64_t, std::vector<std::string>> rows;
  for (size_t column = 0; column < all.size(); ++column) {
    const Series& series = all[column];
    columns.push_back({series.name, true});
    for (size_t i = 0; i < series.step.size(); ++i) {
      auto& cells = rows[series.step[i]];
      if (cells.empty()) {
        cells.resize(all.size() + 2);
        cells[0] = StrCat(series.step[i]);
        cells[1] = FormatNumber(series.seconds[i]);
      }
      cells[column + 2] = FormatNumber(series.value[i]);
    }
  }
  Table table(columns);
  for (auto& [step, cells] : rows) table.Add(std::move(cells));
  context.PrintTable(table);
}

absl::StatusOr<int> Metrics(Context& context, const Given& given) {
  if (given.max_points < 0) return UsageError("--max-points must be positive");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(int64_t id, FindJob(*client, given.id));
  bool overview = given.names.empty() && !given.csv && !context.json();
  v1::ReadMetricsRequest request;
  request.set_job_id(id);
  request.set_max_points(overview && given.max_points == 0 ? kOverviewPoints : given.max_points);
  for (const std::string& name : given.names) request.add_names(name);
  ASSIGN_OR_RETURN(std::vector<Series> all, Read(context, *client, request));
  if (context.json()) {
    Json document = Document();
    document["job"] = id;
    document["series"] = Json::array();
    for (const Series& series : all) document["series"].push_back(SeriesJson(series));
    context.PrintJson(document);
  } else if (given.csv) {
    PrintCsv(context, all);
  } else if (all.empty()) {
    context.Say(StrCat("job ", id, " has logged nothing yet"));
  } else if (overview) {
    PrintOverview(context, all);
  } else {
    PrintPoints(context, all);
  }
  return kOk;
}

}  // namespace

Run ConfigureMetrics(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->id, "a job");
  takes.Words("names", &given->names, "metrics, e.g. train/loss; none: an overview", false);
  takes.Option("--max-points", &given->max_points,
               "thin each series to about so many points that keep its extremes");
  takes.Flag("--csv", &given->csv, "metric,step,seconds,value");
  return [given](Context& context) { return Metrics(context, *given); };
}

}  // namespace lab::cli
