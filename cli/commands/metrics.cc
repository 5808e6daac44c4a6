// metrics: an overview of all series, the points of some, or all of them as CSV, JSON, JSONL or
// TensorBoard event files; of a group the mean, its standard error and n at each step.

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/output/series_text.h"
#include "cli/series.h"
#include "cli/tensorboard.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

constexpr int64_t kOverviewPoints = 200;

struct Given {
  std::vector<std::string> words;
  int64_t max_points = 0;
  int64_t from = 0;
  int64_t to = -1;  // none
  bool members = false;
  bool csv = false;
  bool json_lines = false;
  std::string tensorboard;
};

// What the words mean: the first is a job or a group; of the others those with a slash are metrics,
// digits are jobs, and the rest groups where there is one of that name.
struct Wanted {
  std::vector<RunData> runs;
  std::vector<std::string> names;
};

absl::StatusOr<Wanted> Resolve(const LabClient& client, const std::vector<std::string>& words) {
  Wanted wanted;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (i > 0 && word.find('/') != std::string::npos) {
      wanted.names.push_back(word);
      continue;
    }
    absl::StatusOr<RunData> run = FindRun(client, word);
    if (run.ok()) {
      wanted.runs.push_back(*std::move(run));
    } else if (i > 0 && absl::IsNotFound(run.status()) && !IsJobId(word)) {
      wanted.names.push_back(word);  // labd says what is wrong with it
    } else {
      return run.status();
    }
  }
  return wanted;
}

// Groups replaced by their members, each as a job.
std::vector<RunData> MembersOf(std::vector<RunData> runs) {
  std::vector<RunData> jobs;
  for (RunData& run : runs) {
    if (!run.is_group()) jobs.push_back(std::move(run));
    for (const v1::GridPoint& point : run.group.points()) {
      for (const v1::Job& member : point.members()) jobs.emplace_back().job = member;
    }
  }
  return jobs;
}

// The statistics of each grid point.
std::vector<std::vector<v1::GroupPart>> ByPoint(const RunData& run) {
  std::vector<std::vector<v1::GroupPart>> points;
  for (const v1::GroupPart& part : run.statistics) {
    if (points.empty() || points.back().front().point() != part.point()) points.emplace_back();
    points.back().push_back(part);
  }
  return points;
}

absl::Status PrintCsv(Context& context, const std::vector<RunData>& runs) {
  const bool groups = runs.front().is_group();
  for (const RunData& run : runs) {
    if (run.is_group() == groups) continue;
    return UsageError(
        "a CSV of jobs has other columns than one of groups; name either, or add --members");
  }
  const bool with_job = runs.size() > 1;
  context.Print(groups ? GroupCsvHeader() : SeriesCsvHeader(with_job));
  for (const RunData& run : runs) {
    for (const v1::SeriesPart& series : run.series) {
      context.Print(SeriesCsv(series, with_job ? run.Name() : ""));
    }
    for (const v1::GroupPart& part : run.statistics) {
      context.Print(GroupCsv(part, run.Name()));
    }
  }
  return absl::OkStatus();
}

void PrintJsonLines(Context& context, const std::vector<RunData>& runs) {
  for (const RunData& run : runs) {
    for (const v1::SeriesPart& series : run.series) {
      context.Print(SeriesJsonLines(series, run.job.id()));
    }
    for (const v1::GroupPart& part : run.statistics) {
      context.Print(GroupJsonLines(part, run.Name()));
    }
  }
}

void PutRun(const RunData& run, Json& json) {
  if (run.is_group()) {
    json["group"] = run.Name();
    json["grid"] = GridJson(run.statistics);
    return;
  }
  json["job"] = run.job.id();
  json["series"] = Json::array();
  for (const v1::SeriesPart& series : run.series) json["series"].push_back(SeriesJson(series));
}

void PrintJson(Context& context, const std::vector<RunData>& runs) {
  Json document = Document();
  if (runs.size() == 1) {
    PutRun(runs.front(), document);
  } else {
    document["runs"] = Json::array();
    for (const RunData& run : runs) {
      Json one = Json::object();
      PutRun(run, one);
      document["runs"].push_back(std::move(one));
    }
  }
  context.PrintJson(document);
}

void PrintTables(Context& context, const std::vector<RunData>& runs, bool overview) {
  const bool unicode = context.terminal().unicode;
  bool first = true;
  auto head = [&](const std::string& title) {
    context.Print(StrCat(first ? "" : "\n", ForTerminal(title, false), "\n"));
    first = false;
  };
  for (const RunData& run : runs) {
    if (run.series.empty() && run.statistics.empty()) {
      context.Say(StrCat(run.Title(), " has logged nothing yet"));
      continue;
    }
    if (!run.is_group()) {
      if (runs.size() > 1) head(run.Title());
      context.PrintTable(overview ? SeriesOverview(run.series, unicode) : SeriesTable(run.series));
      continue;
    }
    for (const std::vector<v1::GroupPart>& point : ByPoint(run)) {
      const std::string& label = point.front().label();
      head(StrCat(run.Title(), label.empty() ? "" : ": ", label, ", mean ", unicode ? "± " : "+/- ",
                  "standard error of ", point.front().members(),
                  point.front().members() == 1 ? " member" : " members"));
      context.PrintTable(overview ? GroupOverview(point, unicode) : GroupTable(point, unicode));
    }
  }
}

// A name that none of several runs has logged is a mistake; of one run labd says so itself.
absl::Status CheckNames(const Wanted& wanted) {
  std::vector<std::string> known;
  for (const RunData& run : wanted.runs) {
    for (const std::string& name : MetricsOf(run)) known.push_back(name);
  }
  for (const std::string& name : wanted.names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = NearestWord(name, known);
    return absl::NotFoundError(Absl(StrCat("none of them has logged ", name,
                                           nearest.empty() ? "" : "; did you mean ", nearest)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Export(Context& context, const LabClient& client, const Wanted& wanted,
                           const std::string& folder) {
  RETURN_IF_ERROR(CheckNames(wanted));
  ASSIGN_OR_RETURN(std::vector<ExportedRun> exported,
                   ExportTensorBoard(context, client, wanted.runs, wanted.names, folder));
  Json document = Document();
  document["folder"] = folder;
  document["runs"] = Json::array();
  Table table({{"RUN"}, {"POINTS", true}});
  for (const ExportedRun& run : exported) {
    document["runs"].push_back({{"run", run.folder.string()}, {"points", run.scalar_count}});
    table.Add({ForTerminal(run.folder.string(), false), StrCat(run.scalar_count)});
  }
  if (context.json()) {
    context.PrintJson(document);
    return kOk;
  }
  context.PrintTable(table);
  context.Say(StrCat("look at them with: tensorboard --logdir ", folder));
  return kOk;
}

absl::StatusOr<int> Metrics(Context& context, const Given& given) {
  if (given.max_points < 0) return UsageError("--max-points must be positive");
  if (given.csv + given.json_lines + !given.tensorboard.empty() > 1) {
    return UsageError("give one of --csv, --jsonl and --tensorboard");
  }
  if (!given.tensorboard.empty() && given.max_points > 0) {
    return UsageError("--tensorboard writes every point: leave --max-points out");
  }
  const bool ranged = given.from > 0 || given.to >= 0;
  if (given.from < 0 || (given.to >= 0 && given.to < given.from)) {
    return UsageError("--from and --to are steps, --to not before --from");
  }
  if (!given.tensorboard.empty() && ranged) {
    return UsageError("--tensorboard writes every point: leave --from and --to out");
  }
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(Wanted wanted, Resolve(*client, given.words));
  if (given.members) wanted.runs = MembersOf(std::move(wanted.runs));
  if (!given.tensorboard.empty()) return Export(context, *client, wanted, given.tensorboard);
  std::vector<RunData>& runs = wanted.runs;
  if (runs.size() > 1) RETURN_IF_ERROR(CheckNames(wanted));
  const bool whole = given.csv || given.json_lines || context.json();
  const bool overview = wanted.names.empty() && !whole;
  const int64_t points = overview && given.max_points == 0 ? kOverviewPoints : given.max_points;
  SeriesQuestion question{wanted.names, points, given.from, std::nullopt, runs.size() > 1};
  if (given.to >= 0) question.to_step = given.to;
  for (RunData& run : runs) RETURN_IF_ERROR(ReadRun(context, *client, question, &run));
  if (given.json_lines) {
    PrintJsonLines(context, runs);
  } else if (context.json()) {
    PrintJson(context, runs);
  } else if (given.csv) {
    RETURN_IF_ERROR(PrintCsv(context, runs));
  } else {
    PrintTables(context, runs, overview);
  }
  return kOk;
}

}  // namespace

Run ConfigureMetrics(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes
      .Words("id", &given->words,
             "jobs or groups, then metrics, e.g. train/loss; no metric: an overview")
      .Offers(OfferJobsThenMetrics());
  takes.Option("--max-points", &given->max_points,
               "thin each series to about so many points that keep its extremes");
  takes.Option("--from", &given->from, "no points of earlier steps");
  takes.Option("--to", &given->to, "no points of later steps");
  takes.Flag("--members", &given->members, "of a group each member's own series, not their mean");
  takes.Flag("--csv", &given->csv, "metric,step,seconds,value; of a group mean, error and n");
  takes.Flag("--jsonl", &given->json_lines, "one JSON object a line and point");
  takes.Option("--tensorboard", &given->tensorboard, "write event files into this folder")
      .Offers(OfferFiles());
  return [given](Context& context) { return Metrics(context, *given); };
}

}  // namespace lab::cli
