#pragma once

// What every service asks of a request, in the same words. Pure functions, any thread.

#include <cstdint>
#include <string_view>

#include "core/base/status.h"
#include "lab/v1/job.pb.h"

namespace lab {

// INVALID_ARGUMENT for an id that no job can have.
absl::Status CheckJobId(int64_t id);

// "job 12 does not exist".
absl::Status NoSuchJob(int64_t id);

// `status`, but NOT_FOUND becomes NoSuchJob(id).
absl::Status AboutJob(const absl::Status& status, int64_t id);

// True where a job does nothing more unless somebody asks: succeeded, failed, cancelled, paused.
bool IsAtRest(v1::Job::State state);

// "succeeded", "paused", … as messages to people spell it.
std::string_view StateName(v1::Job::State state);

}  // namespace lab
