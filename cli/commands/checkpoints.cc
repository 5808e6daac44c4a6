// checkpoints: of one job or of all, with the references that generate takes.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

absl::StatusOr<std::vector<int64_t>> Jobs(const LabClient& client, const std::string& name) {
  if (!name.empty()) return FindJobs(client, name);
  ASSIGN_OR_RETURN(v1::ListJobsResponse answer, client.ListJobs());
  std::vector<int64_t> ids;
  for (const v1::Job& job : answer.jobs()) ids.push_back(job.id());
  return ids;
}

absl::StatusOr<int> Checkpoints(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, Jobs(*client, name));
  Table table({{"MODEL"},
               {"JOB", false, true, true},
               {"STEP", true},
               {"KIND"},
               {"SIZE", true},
               {"WRITTEN", false, false, true}});
  Json list = Json::array();
  for (int64_t id : ids) {
    absl::StatusOr<v1::Job> job = client->GetJob(id);
    // Among all jobs one may be removed meanwhile; one that was asked for must be there.
    if (absl::IsNotFound(job.status()) && name.empty()) continue;
    RETURN_IF_ERROR(job.status());
    for (const v1::Checkpoint& one : job->checkpoints()) {
      Json row = {{"job", id}};
      row.update(CheckpointJson(one));
      list.push_back(std::move(row));
      table.Add({StrCat(id, "@", one.step()), ForTerminal(TitleOf(*job), false), StrCat(one.step()),
                 one.kind(), FormatBytes(one.size_bytes()), FormatTime(one.create_time())});
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
