// remove: deletes jobs with all their files, after a question where somebody can answer it.

#include <istream>
#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

struct Given {
  std::vector<std::string> names;
  bool yes = false;
};

bool Agrees(Context& context, const std::vector<int64_t>& ids) {
  std::string list;
  for (int64_t id : ids) list += StrCat(list.empty() ? "" : ", ", id);
  *context.terminal().err << "delete job" << (ids.size() > 1 ? "s " : " ") << list
                          << " with all checkpoints and metrics? [y/N] " << std::flush;
  std::string answer;
  std::getline(*context.terminal().in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

absl::StatusOr<int> Remove(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindAllJobs(*client, given.names));
  bool asks = !given.yes && context.terminal().in_is_tty && context.terminal().err_is_tty;
  if (asks && !Agrees(context, ids)) {
    context.Say("nothing was deleted");
    return kFailed;
  }
  Json removed = Json::array();
  absl::Status first_failure;
  for (int64_t id : ids) {
    absl::StatusOr<v1::RemoveJobResponse> answer = client->RemoveJob(id);
    if (!answer.ok()) {
      if (!first_failure.ok()) context.Say(MessageOf(answer.status()));
      first_failure.Update(answer.status());
      continue;
    }
    removed.push_back({{"id", id}, {"freed_bytes", answer->freed_bytes()}});
    if (!context.json()) {
      context.Print(StrCat("job ", id, " removed (", FormatBytes(answer->freed_bytes()), ")\n"));
    }
  }
  if (context.json() && (first_failure.ok() || !removed.empty())) {
    Json document = Document();
    document["removed"] = removed;
    context.PrintJson(document);
  }
  RETURN_IF_ERROR(first_failure);
  return kOk;
}

}  // namespace

Run ConfigureRemove(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Words("ids", &given->names, "jobs or groups")
      .Offers(OfferJobsOrGroups({v1::Job::HELD, v1::Job::PAUSED, v1::Job::SUCCEEDED,
                                 v1::Job::FAILED, v1::Job::CANCELLED}));
  takes.Flag("-y,--yes", &given->yes, "do not ask");
  return [given](Context& context) { return Remove(context, *given); };
}

}  // namespace lab::cli
