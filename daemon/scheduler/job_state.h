#pragma once

// The life of a job as a table: which states follow which. Pure, any thread.

#include <string_view>

#include "core/base/status.h"
#include "lab/v1/job.pb.h"

namespace lab {

using JobState = lab::v1::Job::State;

// True if a job may go from `from` to `to` in one step.
bool MayBecome(JobState from, JobState to);

// "queued", "running", …
std::string_view JobStateName(JobState state);

// What a person can ask of a job.
enum class Verb { kPause, kResume, kCancel, kHold, kRelease, kCheckpoint, kRemove, kSet };
std::string_view VerbName(Verb verb);

// OK if `verb` makes sense in `state`; else FAILED_PRECONDITION naming the state and what would
// work instead.
absl::Status CheckVerb(Verb verb, JobState state, int64_t job_id);

}  // namespace lab
