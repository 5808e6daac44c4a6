// watch: follows jobs until they end.

#include <algorithm>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/follow.h"

namespace lab::cli {
namespace {

struct Given {
  std::vector<std::string> names;
  double timeout = 0;
};

absl::StatusOr<int> Watch(Context& context, const Given& given) {
  if (given.timeout < 0) return UsageError("--timeout must be positive");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  std::vector<int64_t> ids;
  for (const std::string& name : given.names) {
    ASSIGN_OR_RETURN(std::vector<int64_t> found, FindJobs(*client, name));
    for (int64_t id : found) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
  }
  FollowOptions options;
  options.timeout_seconds = given.timeout;
  return Follow(context, *client, ids, options);
}

}  // namespace

Run ConfigureWatch(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Words("ids", &given->names, "jobs or groups")
      .Offers(OfferJobsOrGroups(
          {v1::Job::QUEUED, v1::Job::HELD, v1::Job::RUNNING, v1::Job::STOPPING, v1::Job::PAUSED}));
  takes.Option("--timeout", &given->timeout, "seconds to watch at most (exit 124)");
  return [given](Context& context) { return Watch(context, *given); };
}

}  // namespace lab::cli
