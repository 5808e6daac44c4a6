// move: another place in the queue.

#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

struct Given {
  std::vector<std::string> names;
  bool top = false;
  bool bottom = false;
  std::string before;
};

std::string PlaceText(const v1::MoveJobsRequest& request) {
  switch (request.place()) {
    case v1::MoveJobsRequest::TOP:
      return "to the top";
    case v1::MoveJobsRequest::BOTTOM:
      return "to the bottom";
    default:
      return StrCat("before job ", request.before_job_id());
  }
}

absl::StatusOr<v1::MoveJobsRequest> MakeRequest(const LabClient& client, const Given& given) {
  v1::MoveJobsRequest request;
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindAllJobs(client, given.names));
  request.mutable_job_ids()->Add(ids.begin(), ids.end());
  if (given.before.empty()) {
    request.set_place(given.top ? v1::MoveJobsRequest::TOP : v1::MoveJobsRequest::BOTTOM);
    return request;
  }
  request.set_place(v1::MoveJobsRequest::BEFORE);
  ASSIGN_OR_RETURN(int64_t before, FindJob(client, given.before));
  request.set_before_job_id(before);
  return request;
}

absl::StatusOr<int> Move(Context& context, const Given& given) {
  if (int{given.top} + int{given.bottom} + int{!given.before.empty()} != 1) {
    return UsageError("say where to: one of --top, --bottom, --before ID");
  }
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::MoveJobsRequest request, MakeRequest(*client, given));
  ASSIGN_OR_RETURN(v1::MoveJobsResponse moved, client->MoveJobs(request));
  if (context.json()) {
    Json document = Document();
    document["jobs"] = Json::array();
    for (const v1::Job& job : moved.jobs()) document["jobs"].push_back(JobJson(job));
    context.PrintJson(document);
    return kOk;
  }
  for (const v1::Job& job : moved.jobs()) {
    context.Print(StrCat("job ", job.id(), " moved ", PlaceText(request),
                         job.priority() == 0 ? "" : StrCat(" (priority ", job.priority(), ")"),
                         "\n"));
  }
  return kOk;
}

}  // namespace

Run ConfigureMove(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Words("ids", &given->names, "queued or held jobs, or groups, in the order they shall have")
      .Offers(OfferJobsOrGroups({v1::Job::QUEUED, v1::Job::HELD}));
  takes.Flag("--top", &given->top, "before all others");
  takes.Flag("--bottom", &given->bottom, "after all others");
  takes.Option("--before", &given->before, "right before this job")
      .Offers(OfferJobs({v1::Job::QUEUED, v1::Job::HELD}));
  return [given](Context& context) { return Move(context, *given); };
}

}  // namespace lab::cli
