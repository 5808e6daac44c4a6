#include "cli/queueing.h"

#include <random>

#include "cli/errors.h"
#include "cli/follow.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

Json CreatedJson(const v1::CreateJobResponse& created) {
  Json document = Document();
  document["jobs"] = Json::array();
  for (int64_t id : created.job_ids()) document["jobs"].push_back(id);
  document["group"] = OrNull(created.group());
  document["warnings"] = Json::array();
  for (const v1::FieldError& one : created.warnings()) {
    document["warnings"].push_back(FieldErrorJson(one));
  }
  return document;
}

// "job 7 queued in group rates, waits for job 3".
absl::StatusOr<std::string> CreatedLine(const LabClient& client, int64_t id,
                                        const std::string& group, const QueueFlags& flags) {
  std::string state = flags.hold ? "held" : "queued";
  std::string wait;
  if (!flags.after.empty() || !flags.after_any.empty()) {
    ASSIGN_OR_RETURN(v1::Job job, client.GetJob(id));
    wait = WaitText(job);
    // One that waits for a failed job is held at once; one that runs by now was queued all the
    // same.
    if (job.state() == v1::Job::HELD) state = StateWord(job.state());
  }
  return StrCat("job ", id, " ", state, group.empty() ? "" : StrCat(" in group ", group),
                wait.empty() ? "" : StrCat(state == "held" ? ": " : ", ", wait));
}

}  // namespace

void DeclareQueueFlags(Arguments& takes, QueueFlags* flags) {
  takes.Option("--name", &flags->name, "the job's name");
  takes.Flag("--hold", &flags->hold, "queue it held");
  takes.Option("--priority", &flags->priority, "higher starts first; 0 is ordinary");
  takes
      .Repeated("--after", &flags->after,
                "start only after this job, or all of this group, succeeded; repeatable")
      .Offers(OfferJobsOrGroups());
  takes.Repeated("--after-any", &flags->after_any, "the same after it ended, however; repeatable")
      .Offers(OfferJobsOrGroups());
  takes.Flag("--watch", &flags->watch, "follow it; Ctrl-C detaches");
  takes.Flag("--wait", &flags->wait, "return when it has ended");
  takes.Option("--timeout", &flags->timeout, "seconds to watch or wait at most (exit 124)");
  takes.Flag("--parsable", &flags->parsable, "print only ids");
  takes.Exclude("--watch", {"--wait", "--parsable"});
}

absl::Status CheckOverrides(const std::vector<std::string>& overrides) {
  for (const std::string& change : overrides) {
    size_t equals = change.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(StrCat("--set ", change, ": write it as FIELD=VALUE"));
    }
  }
  return absl::OkStatus();
}

std::string FreshRequestId() {
  std::random_device device;
  std::string bytes;
  for (int i = 0; i < 16; ++i) bytes += static_cast<char>(device());
  return ToHex(bytes);
}

absl::StatusOr<int> TellAndFollow(Context& context, const LabClient& client,
                                  const v1::CreateJobResponse& created, const QueueFlags& flags) {
  if (context.json()) {
    context.PrintJson(CreatedJson(created));
  } else {
    for (const v1::FieldError& one : created.warnings()) {
      context.Say(StrCat("warning: ", FieldErrorLine(one)));
    }
    for (int64_t id : created.job_ids()) {
      std::string line = StrCat(id);
      if (!flags.parsable) {
        ASSIGN_OR_RETURN(line, CreatedLine(client, id, created.group(), flags));
      }
      context.Print(StrCat(line, "\n"));
    }
  }
  const bool follows = flags.watch || flags.wait;
  if (context.terminal().err_is_tty && !follows && !flags.parsable && created.job_ids_size() > 0) {
    context.Say(StrCat("follow with: labctl watch ",
                       created.group().empty() ? StrCat(created.job_ids(0)) : created.group()));
  }
  if (!follows) return kOk;
  FollowOptions options;
  options.wait = flags.wait;
  options.outcome = !flags.parsable;
  options.timeout_seconds = flags.timeout;
  return Follow(context, client, {created.job_ids().begin(), created.job_ids().end()}, options);
}

}  // namespace lab::cli
