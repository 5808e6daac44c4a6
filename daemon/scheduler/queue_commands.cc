// The scheduler's commands about the queue itself: names and order, and who waits for whom.

#include <algorithm>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"
#include "daemon/scheduler/scheduler.h"

namespace lab {
namespace {

using Job = v1::Job;

std::vector<std::string> EditedTags(const Job& job, const JobEdit& edit) {
  std::vector<std::string> tags(job.tags().begin(), job.tags().end());
  for (const std::string& tag : edit.remove_tags) std::erase(tags, tag);
  for (const std::string& tag : edit.add_tags) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  return tags;
}

// Why labd holds a job, and the way out.
v1::JobError BrokenDependency(int64_t job, const v1::Dependency& broken) {
  std::string what =
      broken.state() == Job::STATE_UNSPECIFIED
          ? "was removed before it had succeeded"
          : StrCat(broken.state() == Job::FAILED ? "has " : "was ", JobStateName(broken.state()));
  v1::JobError error;
  error.set_reason(std::string(kDependencyFailed));
  error.set_message(StrCat("job ", broken.job_id(), ", after whose success it should run, ", what,
                           broken.state() == Job::STATE_UNSPECIFIED
                               ? ""
                               : StrCat("; if that one is resumed, it waits for it again"),
                           "; labctl release ", job, " lets it run all the same"));
  return error;
}

}  // namespace

absl::StatusOr<v1::Job> Scheduler::Release(int64_t job) {
  return Command(Verb::kRelease, job, [&](const JobRecord& record) {
    JobChange change;
    change.waive_dependencies = record.job.error().reason() == kDependencyFailed;
    return Move(record, Job::QUEUED, std::move(change));
  });
}

absl::StatusOr<v1::Job> Scheduler::Edit(int64_t job, JobEdit edit) {
  v1::Job after;
  RETURN_IF_ERROR(Do([&]() -> absl::Status {
    ASSIGN_OR_RETURN(JobRecord record, delegate_->GetJobRecord(job));
    JobChange change;
    change.name = edit.name;
    change.priority = edit.priority;
    change.note = edit.note;
    if (!edit.add_tags.empty() || !edit.remove_tags.empty()) {
      change.tags = EditedTags(record.job, edit);
    }
    RETURN_IF_ERROR(delegate_->UpdateJob(job, change));
    ASSIGN_OR_RETURN(after, delegate_->GetJob(job));
    return absl::OkStatus();
  }));
  return after;
}

absl::StatusOr<std::vector<v1::Job>> Scheduler::Arrange(std::vector<int64_t> jobs, QueuePlace place,
                                                        int64_t before) {
  if (jobs.empty()) return absl::InvalidArgumentError("no job to move");
  if (std::set<int64_t>(jobs.begin(), jobs.end()).size() < jobs.size()) {
    return absl::InvalidArgumentError("a job to move is named twice");
  }
  const bool relative = place == QueuePlace::kBefore;
  if (relative && std::find(jobs.begin(), jobs.end(), before) != jobs.end()) {
    return absl::InvalidArgumentError(StrCat("job ", before, " cannot be moved before itself"));
  }
  std::vector<v1::Job> after;
  RETURN_IF_ERROR(Do([&]() -> absl::Status {
    std::vector<int64_t> named = jobs;
    if (relative) named.push_back(before);
    for (int64_t job : named) {
      ASSIGN_OR_RETURN(JobRecord record, delegate_->GetJobRecord(job));
      if (record.job.state() == Job::QUEUED || record.job.state() == Job::HELD) continue;
      return absl::FailedPreconditionError(StrCat("job ", job, " has no place in the queue: it is ",
                                                  JobStateName(record.job.state()),
                                                  "; only queued and held jobs have one"));
    }
    RETURN_IF_ERROR(delegate_->ArrangeJobs(jobs, place, before));
    for (int64_t job : jobs) {
      ASSIGN_OR_RETURN(after.emplace_back(), delegate_->GetJob(job));
    }
    return absl::OkStatus();
  }));
  return after;
}

absl::Status Scheduler::SettleDependants() {
  ASSIGN_OR_RETURN(std::vector<JobRecord> misplaced, delegate_->MisplacedJobs());
  for (const JobRecord& record : misplaced) {
    if (record.job.state() == Job::HELD) {
      RETURN_IF_ERROR(Move(record, Job::QUEUED));
      continue;
    }
    const auto& all = record.job.dependencies();
    auto broken = std::find_if(all.begin(), all.end(), [](const v1::Dependency& one) {
      return one.standing() == v1::Dependency::BROKEN;
    });
    // It was read in the same snapshot as what made it misplaced.
    if (broken == all.end()) return absl::InternalError("a job is held for nothing");
    JobChange change;
    change.error = BrokenDependency(record.job.id(), *broken);
    spdlog::warn("job {} is held: {}", record.job.id(), change.error->message());
    RETURN_IF_ERROR(Move(record, Job::HELD, std::move(change)));
  }
  return absl::OkStatus();
}

}  // namespace lab
