#pragma once

// How new jobs are asked for and told of: what submit and duplicate share. One thread.

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/context.h"
#include "lab/v1/queue.pb.h"

namespace lab::cli {

// Where new jobs stand in the queue, and what happens after they were queued.
struct QueueFlags {
  std::string name;
  bool hold = false;
  int64_t priority = 0;
  std::vector<std::string> after;      // jobs or groups
  std::vector<std::string> after_any;  // jobs or groups
  bool watch = false;
  bool wait = false;
  double timeout = 0;
  bool parsable = false;
};

void DeclareQueueFlags(Arguments& takes, QueueFlags* flags);

// INVALID_ARGUMENT for a --set that is not FIELD=VALUE.
absl::Status CheckOverrides(const std::vector<std::string>& overrides);

// Makes a repeated call safe: labd answers it with the first one's jobs.
std::string FreshRequestId();

// Everything of the flags that a CreateJobRequest and a DuplicateJobRequest have in common.
// NOT_FOUND for a job or group to wait for that does not exist.
template <class Request>
absl::Status FillRequest(const LabClient& client, const QueueFlags& flags, Request* request) {
  request->set_name(flags.name);
  request->set_hold(flags.hold);
  request->set_priority(flags.priority);
  ASSIGN_OR_RETURN(std::vector<int64_t> after, FindAllJobs(client, flags.after));
  request->mutable_after()->Add(after.begin(), after.end());
  ASSIGN_OR_RETURN(std::vector<int64_t> after_any, FindAllJobs(client, flags.after_any));
  request->mutable_after_any()->Add(after_any.begin(), after_any.end());
  request->set_request_id(FreshRequestId());
  return absl::OkStatus();
}

// Prints the new jobs and follows them if that was asked; labctl's exit status.
absl::StatusOr<int> TellAndFollow(Context& context, const LabClient& client,
                                  const v1::CreateJobResponse& created, const QueueFlags& flags);

}  // namespace lab::cli
