#pragma once

// Keeps a stream going through restarts of labd and broken connections. Prints nothing.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "proto/client/lab_client.h"

namespace lab {

// True for a refusal that asking again will not change: what was asked for is not there, is not
// sound, is not allowed, or cannot be had in this state of things (NOT_FOUND, INVALID_ARGUMENT,
// PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION, UNIMPLEMENTED). False for ok, and for
// what a restarted labd or a mended link may answer otherwise.
bool IsLasting(const absl::Status& status);

struct RetryOptions {
  double first_retry_seconds = 0.1;
  double last_retry_seconds = 2;  // the pause doubles up to this
  double give_up_seconds = 30;    // of unbroken failure; negative: never
  // Ends it as Cancel does, where the caller has one already; outlives the reconnector.
  Cancellation* cancellation = nullptr;
};

class Reconnector {
 public:
  explicit Reconnector(RetryOptions options = {})
      : options_(options),
        cancellation_(options.cancellation ? options.cancellation : &own_cancellation_) {}

  // Opens one stream and reads it to its end, calling Heard for what arrives. True: all is said;
  // false: it ended too early; a failure: why it broke.
  using Connect = std::function<absl::StatusOr<bool>(Cancellation*)>;
  // Connects again and again until all is said (ok), after Cancel (CANCELLED), at a refusal that
  // asking again will not change, or after giving up (the last failure). `disconnected` (may be
  // null) hears of each broken connection with its cause, and with ok when something arrives again.
  // Call once.
  absl::Status Run(const Connect& connect,
                   const std::function<void(const absl::Status&)>& disconnected);
  // From within `connect`: the connection is sound.
  void Heard();

  // Ends Run from any thread, soon.
  void Cancel();

 private:
  using Clock = std::chrono::steady_clock;

  // Notes the end of a connection; true if it has been broken for too long.
  bool Broken(const absl::Status& status);
  // Sleeps; false if cancelled meanwhile.
  bool Pause();

  const RetryOptions options_;
  std::function<void(const absl::Status&)> disconnected_;
  double pause_seconds_ = 0;
  bool broken_ = false;
  Clock::time_point broken_since_;
  Cancellation own_cancellation_;
  Cancellation* const cancellation_;  // the caller's, else the own one
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace lab
