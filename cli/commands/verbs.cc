// pause, resume, cancel, checkpoint, hold, release: one word, and the jobs it is for.

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/each_job.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"
#include "proto/client/watch.h"

namespace lab::cli {
namespace {

// A stop is answered within one micro-batch and a checkpoint; this is for large models.
constexpr auto kStopPatience = std::chrono::seconds(120);
constexpr auto kPoll = std::chrono::milliseconds(100);

struct Verb {
  absl::StatusOr<v1::Job> (LabClient::*call)(int64_t id) const;
  std::vector<v1::Job::State> states;  // in which it does something
  bool waits = false;                  // for the job to have stopped
  const char* said = nullptr;          // what to print; null: the job's state
};

struct Given {
  std::vector<std::string> names;
  bool no_wait = false;
};

absl::StatusOr<v1::Job> UntilStopped(const LabClient& client, v1::Job job) {
  auto deadline = std::chrono::steady_clock::now() + kStopPatience;
  while (job.state() == v1::Job::STOPPING && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
    ASSIGN_OR_RETURN(job, client.GetJob(job.id()));
  }
  return job;
}

absl::StatusOr<int> Do(Context& context, const Verb& verb, const Given& given) {
  auto call = [&](const LabClient& client, int64_t id) {
    absl::StatusOr<v1::Job> job = (client.*verb.call)(id);
    return job.ok() && verb.waits && !given.no_wait ? UntilStopped(client, *job) : job;
  };
  auto line = [&](const v1::Job& job) {
    return verb.said != nullptr ? StrCat("job ", job.id(), " ", verb.said) : OutcomeText(job);
  };
  return ForEachJob(context, given.names, call, line);
}

Run Configure(Arguments& takes, Verb verb) {
  auto given = std::make_shared<Given>();
  takes.Words("ids", &given->names, "jobs or groups").Offers(OfferJobsOrGroups(verb.states));
  if (verb.waits) {
    takes.Flag("--no-wait", &given->no_wait, "do not wait until the job has stopped");
  }
  return [given, verb](Context& context) { return Do(context, verb, *given); };
}

}  // namespace

Run ConfigurePause(Arguments& takes) {
  return Configure(takes, {&LabClient::PauseJob, {v1::Job::RUNNING}, true});
}
Run ConfigureResume(Arguments& takes) {
  return Configure(takes,
                   {&LabClient::ResumeJob, {v1::Job::PAUSED, v1::Job::FAILED, v1::Job::CANCELLED}});
}
Run ConfigureCancel(Arguments& takes) {
  return Configure(takes, {&LabClient::CancelJob,
                           {v1::Job::QUEUED, v1::Job::HELD, v1::Job::RUNNING, v1::Job::STOPPING,
                            v1::Job::PAUSED},
                           true});
}
Run ConfigureHold(Arguments& takes) {
  return Configure(takes, {&LabClient::HoldJob, {v1::Job::QUEUED}});
}
Run ConfigureRelease(Arguments& takes) {
  return Configure(takes, {&LabClient::ReleaseJob, {v1::Job::HELD}});
}
Run ConfigureCheckpoint(Arguments& takes) {
  return Configure(takes, {&LabClient::CheckpointJob,
                           {v1::Job::RUNNING},
                           false,
                           "writes a checkpoint at its next step"});
}

}  // namespace lab::cli
