// checkpoints: of one job or of all, with the references that generate takes.

#include <map>
#include <memory>
#include <utility>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

// The titles of the jobs that `name` means, which must be there; of all where it is "".
absl::StatusOr<std::map<int64_t, std::string>> Titles(const LabClient& client,
                                                      const std::string& name) {
  std::map<int64_t, std::string> titles;
  if (name.empty()) {
    ASSIGN_OR_RETURN(v1::ListJobsResponse answer, client.ListJobs());
    for (const v1::Job& job : answer.jobs()) titles[job.id()] = TitleOf(job);
    return titles;
  }
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(client, name));
  for (int64_t id : ids) {
    ASSIGN_OR_RETURN(v1::Job job, client.GetJob(id));
    titles[id] = TitleOf(job);
  }
  return titles;
}

absl::StatusOr<int> Checkpoints(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(auto titles, Titles(*client, name));
  std::vector<int64_t> ids;  // none: of all
  if (!name.empty()) {
    for (const auto& [id, title] : titles) ids.push_back(id);
  }
  ASSIGN_OR_RETURN(v1::ListCheckpointsResponse answer, client->ListCheckpoints(ids));
  Table table({{"MODEL"},
               {"JOB", false, true, true},
               {"STEP", true},
               {"KIND"},
               {"SIZE", true},
               {"VAL LOSS", true},
               {"", false, false, true},
               {"WRITTEN", false, false, true}});
  Json list = Json::array();
  for (const v1::JobCheckpoints& job : answer.jobs()) {
    const int64_t id = job.job_id();
    for (const v1::MeasuredCheckpoint& measured : job.checkpoints()) {
      const v1::Checkpoint& one = measured.checkpoint();
      Json row = {{"job", id}};
      row.update(CheckpointJson(one));
      row["val_loss"] = measured.has_val_loss() ? NumberJson(measured.val_loss()) : Json();
      row["best"] = measured.best();
      list.push_back(std::move(row));
      table.Add({StrCat(id, "@", one.step()), ForTerminal(titles[id], false), StrCat(one.step()),
                 one.kind(), FormatBytes(one.size_bytes()),
                 measured.has_val_loss() ? FormatNumber(measured.val_loss()) : "-",
                 measured.best() ? "best" : "", FormatTime(one.create_time())});
    }
  }
  if (context.json()) {
    Json document = Document();
    document["checkpoints"] = std::move(list);
    context.PrintJson(document);
  } else if (table.empty()) {
    context.Say("no checkpoints yet");
  } else {
    context.PrintTable(table);
  }
  return kOk;
}

}  // namespace

Run ConfigureCheckpoints(Arguments& takes) {
  auto id = std::make_shared<std::string>();
  takes.Word("id", id.get(), "a job; none: all", false).Offers(OfferJobs());
  return [id](Context& context) { return Checkpoints(context, *id); };
}

}  // namespace lab::cli
