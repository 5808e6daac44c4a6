#include "daemon/scheduler/job_state.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/strings.h"
#include "daemon/store/records.h"

namespace lab {
namespace {

using Job = lab::v1::Job;
using Arrow = std::pair<JobState, JobState>;

constexpr std::array kArrows = {
    Arrow{Job::QUEUED, Job::RUNNING},     // its turn
    Arrow{Job::QUEUED, Job::HELD},        // hold
    Arrow{Job::QUEUED, Job::CANCELLED},   // cancel
    Arrow{Job::HELD, Job::QUEUED},        // release
    Arrow{Job::HELD, Job::CANCELLED},     // cancel
    Arrow{Job::RUNNING, Job::SUCCEEDED},  // the work is done
    Arrow{Job::RUNNING, Job::FAILED},     // an error that a retry would meet again
    Arrow{Job::RUNNING, Job::STOPPING},   // pause or cancel
    Arrow{Job::RUNNING, Job::QUEUED},     // a crash, or labd left
    Arrow{Job::STOPPING, Job::PAUSED},    // stopped as asked
    Arrow{Job::STOPPING, Job::CANCELLED},
    Arrow{Job::STOPPING, Job::SUCCEEDED},  // it was done before it heard
    Arrow{Job::STOPPING, Job::FAILED},     // its last checkpoint could not be written
    Arrow{Job::PAUSED, Job::QUEUED},       // resume
    Arrow{Job::PAUSED, Job::CANCELLED},    // cancel
    Arrow{Job::FAILED, Job::QUEUED},       // resume
    Arrow{Job::CANCELLED, Job::QUEUED},    // resume
};

bool VerbWorks(Verb verb, JobState state) {
  switch (verb) {
    case Verb::kPause:
    case Verb::kCheckpoint:
      return state == Job::RUNNING;
    case Verb::kResume:
      return state == Job::PAUSED || state == Job::FAILED || state == Job::CANCELLED;
    case Verb::kCancel:
      return !IsEnded(state);
    case Verb::kHold:
      return state == Job::QUEUED;
    case Verb::kRelease:
      return state == Job::HELD;
    case Verb::kRemove:
      return IsEnded(state) || state == Job::PAUSED || state == Job::HELD;
    case Verb::kSet:
      return state != Job::SUCCEEDED;
  }
  return false;
}

// What a person who asked for `verb` probably wants in `state`; "" if nothing comes near.
std::string_view Hint(Verb verb, JobState state) {
  switch (state) {
    case Job::QUEUED:
      if (verb == Verb::kPause) return "hold keeps it from starting";
      if (verb == Verb::kRemove) return "cancel or hold it first";
      if (verb == Verb::kCheckpoint) return "it has not started";
      return "it starts when its device is free and what it waits for has ended";
    case Job::HELD:
      return "release lets it start";
    case Job::RUNNING:
      if (verb == Verb::kRemove) return "cancel it first";
      if (verb == Verb::kHold) return "pause stops it with a checkpoint";
      return "it is already under way";
    case Job::STOPPING:
      return "wait until it has stopped";
    case Job::PAUSED:
      return verb == Verb::kHold ? "it does not start by itself" : "resume continues it";
    case Job::FAILED:
    case Job::CANCELLED:
      return "resume continues it from its newest checkpoint";
    case Job::SUCCEEDED:
      if (verb == Verb::kSet) return "labctl duplicate ID --set makes another run";
      return "submit its config again for another run";
    default:
      return "";
  }
}

}  // namespace

bool MayBecome(JobState from, JobState to) {
  return std::find(kArrows.begin(), kArrows.end(), Arrow{from, to}) != kArrows.end();
}

std::string_view JobStateName(JobState state) {
  switch (state) {
    case Job::QUEUED:
      return "queued";
    case Job::HELD:
      return "held";
    case Job::RUNNING:
      return "running";
    case Job::STOPPING:
      return "stopping";
    case Job::PAUSED:
      return "paused";
    case Job::SUCCEEDED:
      return "succeeded";
    case Job::FAILED:
      return "failed";
    case Job::CANCELLED:
      return "cancelled";
    default:
      return "unknown";
  }
}

std::string_view VerbName(Verb verb) {
  switch (verb) {
    case Verb::kPause:
      return "pause";
    case Verb::kResume:
      return "resume";
    case Verb::kCancel:
      return "cancel";
    case Verb::kHold:
      return "hold";
    case Verb::kRelease:
      return "release";
    case Verb::kCheckpoint:
      return "checkpoint";
    case Verb::kRemove:
      return "remove";
    case Verb::kSet:
      return "change";
  }
  return "";
}

absl::Status CheckVerb(Verb verb, JobState state, int64_t job_id) {
  if (VerbWorks(verb, state)) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat("cannot ", VerbName(verb), " job ", job_id,
                                              ": it is ", JobStateName(state), "; ",
                                              Hint(verb, state)));
}

}  // namespace lab
