#pragma once

// Where the store puts what it has committed; the event bus implements it. The store calls it from
// its own thread, and for progress and log lines from the caller's, so it must be thread-safe and
// must not block.

#include <cstdint>
#include <memory>

#include "lab/v1/event.pb.h"

namespace lab {

class CommittedEvents {
 public:
  virtual ~CommittedEvents() = default;
  // False if nobody watches `job`: the store then need not build its messages.
  virtual bool Wanted(int64_t job) const = 0;
  // `job` got events that were not posted, as nobody watched it when they were written: whoever
  // watches it by now must catch up from the store.
  virtual void Missed(int64_t job) = 0;
  virtual void Post(int64_t job, std::shared_ptr<const v1::WatchEvent> event) = 0;
};

}  // namespace lab
