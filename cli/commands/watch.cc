// watch: follows jobs until they end.

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/follow.h"

namespace lab::cli {
namespace {

struct Arguments {
  std::vector<std::string> names;
  double timeout = 0;
};

absl::StatusOr<int> Watch(Context& context, const Arguments& arguments) {
  if (arguments.timeout < 0) return UsageError("--timeout must be positive");
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  std::vector<int64_t> ids;
  for (const std::string& name : arguments.names) {
    ASSIGN_OR_RETURN(std::vector<int64_t> found, FindJobs(*client, name));
    for (int64_t id : found) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
  }
  FollowOptions options;
  options.timeout_seconds = arguments.timeout;
  return Follow(context, *client, ids, options);
}

}  // namespace

Run ConfigureWatch(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("ids", arguments->names, "jobs or groups")->required();
  app.add_option("--timeout", arguments->timeout, "seconds to watch at most (exit 124)");
  return [arguments](Context& context) { return Watch(context, *arguments); };
}

}  // namespace lab::cli
