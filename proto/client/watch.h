#pragma once

// Follows one job through restarts of labd and broken streams: the history once, then the live
// tail, no gap and no duplicate, by sequence number. Prints nothing.

#include <functional>
#include <string>
#include <vector>

#include "proto/client/lab_client.h"
#include "proto/client/reconnect.h"

namespace lab {

struct WatchOptions : RetryOptions {
  int64_t after_sequence = 0;      // 0: from the start
  std::vector<std::string> kinds;  // of WatchEvent, e.g. "state"; empty: all
};

class ReconnectingWatch {
 public:
  // `client` must outlive this.
  ReconnectingWatch(const LabClient* client, int64_t job_id, WatchOptions options = {});

  // Calls `receive` on this thread for every event, in order; false from it ends the watch. Returns
  // ok when the job has ended (succeeded, failed or cancelled) and everything before was delivered,
  // CANCELLED after Cancel, NOT_FOUND if the job is gone, DAEMON_UNREACHABLE after giving up.
  // `disconnected` (may be null) hears of each broken connection with its cause, and with ok when
  // events arrive again. Call once.
  absl::Status Run(const Receive<v1::WatchEvent>& receive,
                   const std::function<void(const absl::Status&)>& disconnected = nullptr);

  // Ends Run from any thread, soon.
  void Cancel() { reconnector_.Cancel(); }

  // The last committed sequence that was delivered: where another watch may go on.
  int64_t last_sequence() const { return last_sequence_; }

 private:
  // Delivers what is new of `event`; false if the receiver has enough.
  bool Deliver(const v1::WatchEvent& event, const Receive<v1::WatchEvent>& receive);
  // Whether the job is over, asked of labd where the stream did not say.
  absl::StatusOr<bool> AskWhetherEnded() const;

  const LabClient* client_;
  int64_t job_id_;
  WatchOptions options_;
  int64_t last_sequence_;
  v1::Job::State state_ = v1::Job::STATE_UNSPECIFIED;
  Reconnector reconnector_;
};

// True for succeeded, failed and cancelled: the job goes on only if somebody resumes it.
bool HasEnded(v1::Job::State state);

}  // namespace lab
