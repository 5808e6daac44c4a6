#pragma once

// One WatchJob call: a job's history, then its live tail, until the job is at rest. It runs in the
// call's own thread, which is the only writer of the call; a client that stops reading blocks that
// thread alone, its bounded queue overflows, and it catches up from the store when it reads again.

#include <functional>

#include "core/base/status.h"
#include "daemon/service/event_bus.h"
#include "daemon/service/open_calls.h"
#include "daemon/store/store.h"
#include "lab/v1/event.pb.h"

namespace lab {

// INVALID_ARGUMENT for a bad id, a negative sequence or an unknown kind.
absl::Status CheckWatchRequest(const v1::WatchJobRequest& request);

// Gives messages to `write` until it returns false, the call is ending, or the job has succeeded,
// failed, been cancelled or paused and everything committed was given (then OK). NOT_FOUND for an
// unknown job, also one that is removed meanwhile; OUT_OF_RANGE for a sequence that no event has
// yet. Live, at most one flush in 50 ms. Requires: CheckWatchRequest(request) is ok.
absl::Status RunWatch(const Store& store, EventBus& events, const v1::WatchJobRequest& request,
                      OpenCalls::Call& call,
                      const std::function<bool(const v1::WatchEvent&)>& write);

}  // namespace lab
