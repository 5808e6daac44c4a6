// list: all jobs, the queue first.

#include <algorithm>
#include <chrono>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/state_color.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

struct Given {
  std::vector<std::string> states;
  std::string group;
  std::vector<std::string> tags;
  int64_t limit = 0;
  bool no_headers = false;
};

std::string TimeCell(const v1::Job& job, double now) {
  if (job.state() == v1::Job::RUNNING && job.progress().has_eta_seconds()) {
    return StrCat(FormatDuration(job.progress().eta_seconds()), " left");
  }
  std::optional<double> seconds = RunSeconds(job, now);
  if (!seconds || (!job.has_end_time() && job.state() != v1::Job::RUNNING)) return "";
  return FormatDuration(*seconds);
}

std::vector<std::string> Cells(const Context& context, const v1::Job& job, double now) {
  std::string state = StateWord(job.state());
  if (auto color = ColorOf(job.state())) state = context.Painted(state, *color);
  const v1::Progress& progress = job.progress();
  std::string step =
      progress.step() > 0 || progress.total_steps() > 0
          ? StrCat(progress.step(),
                   progress.total_steps() > 0 ? StrCat("/", progress.total_steps()) : "")
          : "";
  const v1::MetricSummary* loss = SummaryOf(job, "val/loss");
  const v1::MetricSummary* train = SummaryOf(job, "train/loss");
  return {StrCat(job.id()),
          ForTerminal(TitleOf(job), false),
          job.type(),
          state,
          step,
          WaitCell(job),
          train != nullptr ? FormatNumber(train->last()) : "",
          loss != nullptr ? FormatNumber(loss->last()) : "",
          BestText(job),
          TimeCell(job, now),
          job.group().empty() ? "" : ForTerminal(StrCat(job.group(), " ", job.member()), false),
          ForTerminal(TagsText(job), false)};
}

// The jobs in columns; of the optional ones only those in which somebody has something.
Table TableOf(const std::vector<std::vector<std::string>>& rows) {
  const std::vector<Column> all = {{"ID", true},
                                   {"NAME", false, true},
                                   {"TYPE", false, false, true},
                                   {"STATE"},
                                   {"STEP", true},
                                   {"WAITS FOR", false, true, true},
                                   {"LOSS", true, false, true},
                                   {"VAL", true, false, true},
                                   {"BEST", true, false, true},
                                   {"TIME", true, false, true},
                                   {"GROUP", false, true, true},
                                   {"TAGS", false, true, true}};
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> cells(rows.size());
  for (size_t i = 0; i < all.size(); ++i) {
    bool used =
        std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return !row[i].empty(); });
    if (all[i].optional && !used) continue;
    columns.push_back(all[i]);
    for (size_t row = 0; row < rows.size(); ++row) cells[row].push_back(rows[row][i]);
  }
  Table table(columns);
  for (std::vector<std::string>& row : cells) table.Add(std::move(row));
  return table;
}

absl::StatusOr<int> List(Context& context, const Given& given) {
  v1::ListJobsRequest request;
  for (const std::string& word : given.states) {
    v1::Job::State state = StateOfWord(word);
    if (state == v1::Job::STATE_UNSPECIFIED) {
      return UsageError(StrCat("--state ", word,
                               ": the states are queued, held, running, "
                               "stopping, paused, succeeded, failed, cancelled"));
    }
    request.add_states(state);
  }
  request.set_group(given.group);
  request.mutable_tags()->Add(given.tags.begin(), given.tags.end());
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::ListJobsResponse answer, client->ListJobs(request));
  if (!answer.paused_reason().empty()) {
    context.Say(StrCat("labd starts no jobs at present: ", answer.paused_reason()));
  }
  if (given.limit > 0 && answer.jobs_size() > given.limit) {
    answer.mutable_jobs()->DeleteSubrange(static_cast<int>(given.limit),
                                          answer.jobs_size() - static_cast<int>(given.limit));
  }
  if (context.json()) {
    Json document = Document();
    document["jobs"] = Json::array();
    for (const v1::Job& job : answer.jobs()) document["jobs"].push_back(JobJson(job));
    context.PrintJson(document);
    return kOk;
  }
  bool filtered = !given.states.empty() || !given.group.empty() || !given.tags.empty();
  if (answer.jobs().empty()) {
    context.Say(filtered ? "no such jobs" : "no jobs; begin with: labctl submit first_run --watch");
    return kOk;
  }
  double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::vector<std::vector<std::string>> rows;
  for (const v1::Job& job : answer.jobs()) rows.push_back(Cells(context, job, now));
  context.PrintTable(TableOf(rows), !given.no_headers);
  return kOk;
}

}  // namespace

Run ConfigureList(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Repeated("--state", &given->states, "only jobs in this state; repeatable")
      .Offers(OfferWords(
          {"queued", "held", "running", "stopping", "paused", "succeeded", "failed", "cancelled"}));
  takes.Option("--group", &given->group, "only this group").Offers(OfferOf(OfferKind::kGroups));
  takes.Repeated("--tag", &given->tags, "only jobs with this tag; repeatable: with all of them")
      .Offers(OfferOf(OfferKind::kTags));
  takes.Option("--limit", &given->limit, "at most this many");
  takes.Flag("--no-headers", &given->no_headers, "no line of titles");
  return [given](Context& context) { return List(context, *given); };
}

}  // namespace lab::cli
