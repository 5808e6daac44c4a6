// duplicate: the same job once more, with changes.

#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/queueing.h"

namespace lab::cli {
namespace {

struct Given {
  std::string id;
  std::vector<std::string> overrides;
  QueueFlags queue;
};

absl::StatusOr<int> DuplicateOne(Context& context, const Given& given) {
  if (given.queue.timeout < 0) return UsageError("--timeout must be positive");
  RETURN_IF_ERROR(CheckOverrides(given.overrides));
  ASSIGN_OR_RETURN(std::string base, context.BaseForLabd());
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  // The members of a group become as many single jobs.
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(*client, given.id));
  v1::CreateJobResponse all;
  for (int64_t id : ids) {
    v1::DuplicateJobRequest request;
    RETURN_IF_ERROR(FillRequest(*client, given.queue, &request));
    request.set_job_id(id);
    request.mutable_overrides()->Add(given.overrides.begin(), given.overrides.end());
    request.set_override_base(base);
    ASSIGN_OR_RETURN(v1::CreateJobResponse created, client->DuplicateJob(request));
    all.mutable_job_ids()->MergeFrom(created.job_ids());
    all.mutable_warnings()->MergeFrom(created.warnings());
    if (ids.size() == 1) all.set_group(created.group());
  }
  return TellAndFollow(context, *client, all, given.queue);
}

}  // namespace

Run ConfigureDuplicate(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes
      .Word(
          "id", &given->id,
          "a job: what was queued, without what set changed since; of a group each member, as jobs "
          "of their own")
      .Offers(OfferJobsOrGroups());
  takes.Repeated("--set", &given->overrides, "change a field: optim.learning_rate=1e-4; repeatable")
      .Offers(OfferOf(OfferKind::kSettings));
  DeclareQueueFlags(takes, &given->queue);
  return [given](Context& context) { return DuplicateOne(context, *given); };
}

}  // namespace lab::cli
