#include "cli/output/series_text.h"

#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "cli/output/sparkline.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

constexpr int kSparkColumns = 24;

std::optional<double> ErrorAt(const v1::GroupPart& part, int i) {
  if (part.n(i) < 2) return std::nullopt;
  return part.standard_error(i);
}

// "1.302 ± 0.012" of row `i`; "" without a value.
std::string EstimateAt(const v1::GroupPart& part, int i, bool unicode) {
  if (part.n(i) == 0) return "";
  return FormatEstimate(part.mean(i), ErrorAt(part, i), unicode);
}

std::string TallyAt(const v1::GroupPart& part, int i) {
  return StepTallyText(part.members(), part.n(i), part.diverged(i));
}

Json GroupRowJson(const v1::GroupPart& part, int i) {
  std::optional<double> error = ErrorAt(part, i);
  return Json::array({part.step(i), NumberJson(part.seconds(i)), part.n(i), part.diverged(i),
                      part.n(i) > 0 ? NumberJson(part.mean(i)) : Json(),
                      error ? NumberJson(*error) : Json()});
}

}  // namespace

std::string SeriesCsvHeader(bool with_job) {
  return StrCat(with_job ? "job," : "", "metric,step,seconds,value\n");
}

std::string SeriesCsv(const v1::SeriesPart& series, std::string_view job) {
  const std::string head = StrCat(job, job.empty() ? "" : ",", CsvCell(series.name()), ",");
  std::string text;
  for (int i = 0; i < series.step_size(); ++i) {
    text += StrCat(head, series.step(i), ",", FormatDouble(series.seconds(i)), ",",
                   FormatDouble(series.value(i)), "\n");
  }
  return text;
}

std::string GroupCsvHeader() {
  return "group,point,metric,step,seconds,members,n,diverged,mean,standard_error\n";
}

std::string GroupCsv(const v1::GroupPart& part, std::string_view group) {
  const std::string head =
      StrCat(CsvCell(group), ",", CsvCell(part.label()), ",", CsvCell(part.name()), ",");
  std::string text;
  for (int i = 0; i < part.step_size(); ++i) {
    std::optional<double> error = ErrorAt(part, i);
    text += StrCat(head, part.step(i), ",", FormatDouble(part.seconds(i)), ",", part.members(), ",",
                   part.n(i), ",", part.diverged(i), ",",
                   part.n(i) > 0 ? FormatDouble(part.mean(i)) : "", ",",
                   error ? FormatDouble(*error) : "", "\n");
  }
  return text;
}

Json SeriesJson(const v1::SeriesPart& series) {
  Json json = {{"name", series.name()}, {"unit", series.unit()}};
  Json points = Json::array();
  for (int i = 0; i < series.step_size(); ++i) {
    points.push_back(
        Json::array({series.step(i), NumberJson(series.seconds(i)), NumberJson(series.value(i))}));
  }
  json["points"] = std::move(points);
  json["raw_count"] = series.raw_count();
  json["thinned"] = series.thinned();
  return json;
}

Json GridJson(const std::vector<v1::GroupPart>& statistics) {
  Json grid = Json::array();
  std::optional<int64_t> point;
  for (const v1::GroupPart& part : statistics) {
    if (point != part.point()) {
      point = part.point();
      grid.push_back(
          {{"label", part.label()}, {"members", part.members()}, {"series", Json::array()}});
    }
    Json series = {{"name", part.name()}, {"unit", part.unit()}};
    Json rows = Json::array();
    for (int i = 0; i < part.step_size(); ++i) rows.push_back(GroupRowJson(part, i));
    series["points"] = std::move(rows);
    series["raw_count"] = part.raw_count();
    series["thinned"] = part.thinned();
    grid.back()["series"].push_back(std::move(series));
  }
  return grid;
}

std::string SeriesJsonLines(const v1::SeriesPart& series, int64_t job) {
  std::string text;
  for (int i = 0; i < series.step_size(); ++i) {
    Json line = Document();
    line["job"] = job;
    line["name"] = series.name();
    line["unit"] = series.unit();
    line["step"] = series.step(i);
    line["seconds"] = NumberJson(series.seconds(i));
    line["value"] = NumberJson(series.value(i));
    line["attempt"] = series.attempt_size() > i ? Json(series.attempt(i)) : Json();
    text += Line(line) + "\n";
  }
  return text;
}

std::string GroupJsonLines(const v1::GroupPart& part, const std::string& group) {
  std::string text;
  for (int i = 0; i < part.step_size(); ++i) {
    Json row = GroupRowJson(part, i);
    Json line = Document();
    line["group"] = group;
    line["point"] = part.label();
    line["name"] = part.name();
    line["unit"] = part.unit();
    line["step"] = row[0];
    line["seconds"] = row[1];
    line["members"] = part.members();
    line["n"] = row[2];
    line["diverged"] = row[3];
    line["mean"] = row[4];
    line["standard_error"] = row[5];
    text += Line(line) + "\n";
  }
  return text;
}

Table SeriesOverview(const std::vector<v1::SeriesPart>& all, bool unicode) {
  Table table({{"METRIC", false, true},
               {"UNIT", false, false, true},
               {"POINTS", true, false, true},
               {"FIRST", true},
               {"LAST", true},
               {"CURVE", false, false, true}});
  for (const v1::SeriesPart& series : all) {
    std::vector<double> values(series.value().begin(), series.value().end());
    table.Add({series.name(), series.unit(), StrCat(series.raw_count()),
               values.empty() ? "" : FormatNumber(values.front()),
               values.empty() ? "" : FormatNumber(values.back()),
               Sparkline(values, kSparkColumns, unicode)});
  }
  return table;
}

Table SeriesTable(const std::vector<v1::SeriesPart>& all) {
  std::vector<Column> columns = {{"STEP", true}, {"SECONDS", true, false, true}};
  std::map<int64_t, std::vector<std::string>> rows;
  for (size_t column = 0; column < all.size(); ++column) {
    const v1::SeriesPart& series = all[column];
    columns.push_back({series.name(), true});
    for (int i = 0; i < series.step_size(); ++i) {
      auto& cells = rows[series.step(i)];
      if (cells.empty()) {
        cells.resize(all.size() + 2);
        cells[0] = StrCat(series.step(i));
        cells[1] = FormatNumber(series.seconds(i));
      }
      cells[column + 2] = FormatNumber(series.value(i));
    }
  }
  Table table(columns);
  for (auto& [step, cells] : rows) table.Add(std::move(cells));
  return table;
}

Table GroupOverview(const std::vector<v1::GroupPart>& point, bool unicode) {
  Table table({{"METRIC", false, true},
               {"UNIT", false, false, true},
               {"STEPS", true, false, true},
               {"FIRST MEAN", true, false, true},
               {"LAST MEAN"},
               {"AT STEP", true},
               {"N"},
               {"CURVE", false, false, true}});
  for (const v1::GroupPart& part : point) {
    if (part.step_size() == 0) continue;
    const int last = part.step_size() - 1;
    table.Add({part.name(), part.unit(), StrCat(part.raw_count()), EstimateAt(part, 0, unicode),
               EstimateAt(part, last, unicode), StrCat(part.step(last)), TallyAt(part, last),
               Sparkline({part.mean().begin(), part.mean().end()}, kSparkColumns, unicode)});
  }
  return table;
}

Table GroupTable(const std::vector<v1::GroupPart>& point, bool unicode) {
  std::vector<Column> columns = {{"STEP", true}, {"SECONDS", true, false, true}};
  std::map<int64_t, std::vector<std::string>> rows;
  for (size_t column = 0; column < point.size(); ++column) {
    const v1::GroupPart& part = point[column];
    columns.push_back({part.name()});
    columns.push_back({"N"});
    for (int i = 0; i < part.step_size(); ++i) {
      auto& cells = rows[part.step(i)];
      if (cells.empty()) {
        cells.resize(2 * point.size() + 2);
        cells[0] = StrCat(part.step(i));
        cells[1] = FormatNumber(part.seconds(i));
      }
      cells[2 * column + 2] = EstimateAt(part, i, unicode);
      cells[2 * column + 3] = TallyAt(part, i);
    }
  }
  Table table(columns);
  for (auto& [step, cells] : rows) table.Add(std::move(cells));
  return table;
}

}  // namespace lab::cli
