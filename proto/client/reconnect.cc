#include "proto/client/reconnect.h"

#include <algorithm>

namespace lab {

bool IsLasting(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return true;
    default:
      return false;
  }
}

absl::Status Reconnector::Run(const Connect& connect,
                              const std::function<void(const absl::Status&)>& disconnected) {
  disconnected_ = disconnected;
  pause_seconds_ = options_.first_retry_seconds;
  while (true) {
    absl::StatusOr<bool> ended = connect(cancellation_);
    if (ended.ok() && *ended) return absl::OkStatus();
    if (cancellation_->cancelled()) return absl::CancelledError("interrupted");
    if (!ended.ok() && IsLasting(ended.status())) return ended.status();
    if (Broken(ended.status())) return ended.status();
    if (!Pause()) return absl::CancelledError("interrupted");
  }
}

void Reconnector::Heard() {
  if (broken_ && disconnected_) disconnected_(absl::OkStatus());
  broken_ = false;
  pause_seconds_ = options_.first_retry_seconds;
}

bool Reconnector::Broken(const absl::Status& status) {
  if (!broken_) {
    broken_ = true;
    broken_since_ = Clock::now();
    if (disconnected_ && !status.ok()) disconnected_(status);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - broken_since_).count();
  return !status.ok() && options_.give_up_seconds >= 0 && seconds >= options_.give_up_seconds;
}

bool Reconnector::Pause() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::duration<double>(pause_seconds_),
                 [this] { return cancellation_->cancelled(); });
  pause_seconds_ = std::min(pause_seconds_ * 2, options_.last_retry_seconds);
  return !cancellation_->cancelled();
}

void Reconnector::Cancel() {
  cancellation_->Cancel();
  std::lock_guard lock(mutex_);
  wake_.notify_all();
}

}  // namespace lab
