// set: changes settings of jobs that are queued, running or stopped on the way.

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

struct Given {
  std::string name;
  std::vector<std::string> assignments;
};

std::string WhenText(v1::Job::State state) {
  if (state == v1::Job::RUNNING) return "from its next step on";
  return state == v1::Job::QUEUED || state == v1::Job::HELD ? "once it runs" : "once it goes on";
}

void PrintAnswer(Context& context, const v1::SetJobResponse& answer) {
  const int64_t id = answer.job().id();
  if (answer.changes().empty()) {
    context.Print(StrCat("job ", id, " has these values already: nothing changes\n"));
    return;
  }
  for (const v1::Change& one : answer.changes()) {
    context.Print(StrCat("job ", id, ": ", one.field(), " ", ForTerminal(one.before(), false),
                         " → ", ForTerminal(one.value(), false), " ",
                         WhenText(answer.job().state()), "\n"));
  }
}

absl::StatusOr<int> Set(Context& context, const Given& given) {
  v1::SetJobRequest request;
  for (const std::string& one : given.assignments) {
    const size_t equals = one.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return UsageError(StrCat("\"", one,
                               "\" is no assignment; give a.b=c, as in labctl set 12 "
                               "optim.learning_rate=1e-4"));
    }
    request.add_overrides(one);
  }
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(*client, given.name));
  Json jobs = Json::array();
  absl::Status first_failure;
  for (int64_t id : ids) {
    request.set_job_id(id);
    absl::StatusOr<v1::SetJobResponse> answer = client->SetJob(request);
    if (!answer.ok()) {
      // In a group some members may have ended: the others are still changed.
      if (!first_failure.ok()) context.Say(MessageOf(answer.status()));
      first_failure.Update(answer.status());
      continue;
    }
    Json changes = Json::array();
    for (const v1::Change& one : answer->changes()) changes.push_back(ChangeJson(one));
    jobs.push_back({{"id", id}, {"changes", changes}});
    if (!context.json()) PrintAnswer(context, *answer);
  }
  if (context.json() && (first_failure.ok() || !jobs.empty())) {
    Json document = Document();
    document["jobs"] = jobs;
    context.PrintJson(document);
  }
  RETURN_IF_ERROR(first_failure);
  return kOk;
}

}  // namespace

Run ConfigureSet(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->name, "a job or a group")
      .Offers(
          OfferJobsOrGroups({v1::Job::QUEUED, v1::Job::HELD, v1::Job::RUNNING, v1::Job::STOPPING,
                             v1::Job::PAUSED, v1::Job::FAILED, v1::Job::CANCELLED}));
  takes
      .Words("assignments", &given->assignments,
             "settings and their new values, as in optim.learning_rate=1e-4; labctl explain says "
             "which can change")
      .Offers(OfferOf(OfferKind::kChanges));
  return [given](Context& context) { return Set(context, *given); };
}

}  // namespace lab::cli
