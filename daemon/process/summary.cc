#include "daemon/process/summary.h"

#include "core/base/strings.h"

namespace lab {
namespace {

std::string DescribeRun(const v1::Job& job) {
  const v1::Progress& progress = job.progress();
  std::string text = StrCat("run ", job.id());
  if (job.state() == v1::Job::STOPPING) text += " stopping,";
  if (progress.total_steps() > 0) {
    text += StrCat(" step ", progress.step(), "/", progress.total_steps());
  } else {
    text += StrCat(" ", progress.phase().empty() ? "starting" : progress.phase());
  }
  return text;
}

}  // namespace

std::string SummaryOf(const std::vector<JobRecord>& running, int64_t queued,
                      std::string_view trouble) {
  std::string summary;
  auto add = [&](const std::string& part) { summary += StrCat(summary.empty() ? "" : ", ", part); };
  for (const JobRecord& record : running) add(DescribeRun(record.job));
  if (queued > 0) add(StrCat(queued, " queued"));
  if (summary.empty()) summary = "idle";
  if (!trouble.empty()) {
    // A status is one line.
    add(StrCat("starts no jobs: ", trouble.substr(0, trouble.find('\n'))));
  }
  return summary;
}

}  // namespace lab
