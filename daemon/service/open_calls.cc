#include "daemon/service/open_calls.h"

#include <algorithm>
#include <chrono>

#include "core/base/strings.h"

namespace lab {
namespace {

using SteadyClock = std::chrono::steady_clock;

// gRPC's sync API tells of a vanished client only when asked.
constexpr std::chrono::milliseconds kCancelPoll{250};

absl::Status Leaving() { return absl::UnavailableError("labd is leaving"); }

}  // namespace

absl::StatusOr<std::unique_ptr<OpenCalls::Call>> OpenCalls::Enter(grpc::ServerContext& context) {
  std::lock_guard lock(mutex_);
  if (stopping_) return Leaving();
  if (calls_.size() >= limit_) {
    return absl::ResourceExhaustedError(
        Absl(StrCat(limit_, " streams are open already; close some")));
  }
  std::unique_ptr<Call> call(new Call(*this, context));
  call->place_ = calls_.insert(calls_.end(), call.get());
  return call;
}

void OpenCalls::Shutdown(double grace_seconds) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (Call* call : calls_) call->Wake();
  auto grace = std::chrono::duration<double>(grace_seconds);
  left_.wait_for(lock, grace, [this] { return calls_.empty(); });
  for (Call* call : calls_) call->context_.TryCancel();
}

size_t OpenCalls::size() const {
  std::lock_guard lock(mutex_);
  return calls_.size();
}

bool OpenCalls::stopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

OpenCalls::Call::~Call() {
  // Notified under the lock: Shutdown may be the last to hold the set.
  std::lock_guard lock(calls_.mutex_);
  calls_.calls_.erase(place_);
  calls_.left_.notify_all();
}

bool OpenCalls::Admits(const grpc::ServerContext& context) const {
  return !still_admits_ || still_admits_(context);
}

bool OpenCalls::Call::Ending() const {
  return calls_.stopping() || context_.IsCancelled() || !calls_.Admits(context_);
}

absl::Status OpenCalls::Call::EndStatus() const {
  if (calls_.stopping()) return Leaving();
  if (!calls_.Admits(context_)) return absl::UnauthenticatedError("the token was revoked");
  return absl::CancelledError("the client ended the call");
}

void OpenCalls::Call::Sleep(double seconds) {
  auto end = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(
                                      std::chrono::duration<double>(seconds));
  while (!Ending()) {
    std::unique_lock lock(mutex_);
    auto next = std::min(end, SteadyClock::now() + kCancelPoll);
    bool woken = changed_.wait_until(lock, next, [this] { return awake_; });
    if (woken || SteadyClock::now() >= end) {
      awake_ = false;
      return;
    }
  }
}

void OpenCalls::Call::Wake() {
  std::lock_guard lock(mutex_);
  awake_ = true;
  changed_.notify_all();
}

}  // namespace lab
