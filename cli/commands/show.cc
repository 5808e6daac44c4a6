// show: one job with everything that is known about it, or a group with its statistics.

#include <chrono>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/group_text.h"
#include "cli/series.h"
#include "cli/state_color.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

std::string ParentText(const v1::Parent& parent) {
  return parent.job_id() > 0 ? StrCat("job ", parent.job_id(), ", step ", parent.step())
                             : StrCat("a folder outside the lab, step ", parent.step());
}

void PrintFacts(Context& context, const v1::Job& job) {
  double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  Table facts({{""}, {"", false, false}});
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.Add({StrCat("  ", name), ForTerminal(value, false)});
  };
  add("type", job.type());
  if (!job.group().empty()) add("group", StrCat(job.group(), " (", job.member(), ")"));
  add("seed", StrCat(job.seed()));
  if (job.priority() != 0) add("priority", StrCat(job.priority()));
  if (job.attempt() > 1) add("attempt", StrCat(job.attempt()));
  add("created", FormatTime(job.create_time()));
  add("started", FormatTime(job.start_time()));
  add("ended", FormatTime(job.end_time()));
  if (auto seconds = RunSeconds(job, now);
      seconds && (job.has_end_time() || job.worker_pid() > 0)) {
    add("took", FormatDuration(*seconds));
  }
  if (job.has_progress()) add("progress", ProgressText(job));
  if (job.progress().token_count() > 0) {
    add("tokens", FormatGrouped(job.progress().token_count()));
  }
  if (!job.device().empty()) {
    add("device", job.worker_pid() > 0 ? StrCat(job.device(), " (worker ", job.worker_pid(), ")")
                                       : job.device());
  }
  if (job.has_parent()) add("parent", ParentText(job.parent()));
  add("after", DependenciesText(job));
  if (job.has_origin()) {
    add("origin", StrCat("imported from job ", job.origin().job_id(), " of ", job.origin().host(),
                         " at ", FormatTime(job.origin().import_time())));
  }
  add("floor", FloorText(job));
  add("tags", TagsText(job));
  add("ending", job.ending());
  add("note", job.note());
  context.Print(facts.Text(0, context.terminal().unicode, false));
  if (job.has_error()) {
    bool held = job.state() == v1::Job::HELD;
    context.Print(
        StrCat("  ", context.Painted(held ? "held " : "error", held ? Color::kYellow : Color::kRed),
               "  ", ForTerminal(job.error().message(), true), " (", job.error().reason(), ")\n"));
  }
  if (std::string way_out = WayOut(job); !way_out.empty()) {
    context.Print(StrCat("  ", way_out, "\n"));
  }
}

void PrintSummary(Context& context, const v1::Job& job) {
  if (job.summary().empty()) return;
  Table table({{"METRIC", false, true},
               {"LAST", true},
               {"AT STEP", true},
               {"BEST", true},
               {"AT STEP", true}});
  for (const v1::MetricSummary& row : job.summary()) {
    table.Add({row.metric(), FormatNumber(row.last()), StrCat(row.step()),
               row.has_best() ? FormatNumber(row.best()) : "",
               row.has_best_step() ? StrCat(row.best_step()) : ""});
  }
  context.Print("\n");
  context.PrintTable(table);
}

void PrintChanges(Context& context, const v1::Job& job) {
  if (job.changes().empty()) return;
  Table table({{"CHANGED", false, true}, {"FROM"}, {"TO"}, {"ACTED AT STEP", true}});
  for (const v1::Change& one : job.changes()) {
    table.Add({one.field(), ForTerminal(one.before(), false), ForTerminal(one.value(), false),
               one.has_step() ? StrCat(one.step()) : "not yet"});
  }
  context.Print("\n");
  context.PrintTable(table);
}

void PrintCheckpoints(Context& context, const v1::Job& job) {
  if (job.checkpoints().empty()) return;
  Table table({{"CHECKPOINT"}, {"KIND"}, {"SIZE", true}, {"WRITTEN", false, false, true}});
  for (const v1::Checkpoint& one : job.checkpoints()) {
    table.Add(
        {one.name(), one.kind(), FormatBytes(one.size_bytes()), FormatTime(one.create_time())});
  }
  context.Print("\n");
  context.PrintTable(table);
}

int ShowGroup(Context& context, const v1::Group& group) {
  if (context.json()) {
    Json document = Document();
    document["group"] = GroupJson(group);
    context.PrintJson(document);
  } else {
    PrintGroup(context, group);
  }
  return kOk;
}

absl::StatusOr<int> Show(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(RunData run, FindRun(*client, name));
  if (run.is_group()) return ShowGroup(context, run.group);
  const v1::Job& job = run.job;
  if (context.json()) {
    Json document = Document();
    document["job"] = JobJson(job);
    context.PrintJson(document);
    return kOk;
  }
  std::string state = StateWord(job.state());
  if (auto color = ColorOf(job.state())) state = context.Painted(state, *color);
  context.Print(
      StrCat("job ", job.id(), "  ", ForTerminal(TitleOf(job), false), "  ", state, "\n"));
  PrintFacts(context, job);
  PrintChanges(context, job);
  PrintSummary(context, job);
  PrintCheckpoints(context, job);
  return kOk;
}

}  // namespace

Run ConfigureShow(Arguments& takes) {
  auto id = std::make_shared<std::string>();
  takes.Word("id", id.get(), "a job or a group").Offers(OfferJobsOrGroups());
  return [id](Context& context) { return Show(context, *id); };
}

}  // namespace lab::cli
