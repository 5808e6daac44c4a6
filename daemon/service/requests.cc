#include "daemon/service/requests.h"

#include "core/base/strings.h"
#include "daemon/scheduler/job_state.h"
#include "daemon/store/records.h"

namespace lab {

absl::Status CheckJobId(int64_t id) {
  if (id > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(Absl(StrCat("job_id must be at least 1, is ", id)));
}

absl::Status NoSuchJob(int64_t id) {
  return absl::NotFoundError(Absl(StrCat("job ", id, " does not exist")));
}

absl::Status AboutJob(const absl::Status& status, int64_t id) {
  return absl::IsNotFound(status) ? NoSuchJob(id) : status;
}

bool IsAtRest(v1::Job::State state) { return IsEnded(state) || state == v1::Job::PAUSED; }

std::string_view StateName(v1::Job::State state) { return JobStateName(state); }

}  // namespace lab
