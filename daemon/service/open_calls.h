#pragma once

// The streaming calls that are open, so that labd can end them from outside: a client that stopped
// reading blocks its Write for good, and only cancelling the call from another thread frees it.
// Any thread.

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include <grpcpp/server_context.h>

#include "core/base/status.h"

namespace lab {

class OpenCalls {
 public:
  // One open call; leaves the set when destroyed, before the call's handler returns.
  class Call {
   public:
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // True once the call should end: the client went away, it may no longer ask, or labd is
    // leaving.
    bool Ending() const;
    // What to answer when Ending(): UNAVAILABLE if labd is leaving, UNAUTHENTICATED if the caller's
    // token was revoked, else CANCELLED.
    absl::Status EndStatus() const;
    // Sleeps until `seconds` have passed, Wake() is called, or the call should end (a client that
    // went away is noticed within a quarter of a second).
    void Sleep(double seconds);
    // Ends the present or the next Sleep(). Any thread, while the call is alive.
    void Wake();

   private:
    friend class OpenCalls;
    Call(OpenCalls& calls, grpc::ServerContext& context) : calls_(calls), context_(context) {}
    OpenCalls& calls_;
    grpc::ServerContext& context_;
    std::list<Call*>::iterator place_;
    std::mutex mutex_;  // guards awake_
    std::condition_variable changed_;
    bool awake_ = false;
  };

  // Lets a call in. UNAVAILABLE while labd is leaving; RESOURCE_EXHAUSTED when `limit` are open.
  // `still_admits` may be empty: then every caller may go on.
  using StillAdmits = std::function<bool(const grpc::ServerContext&)>;
  explicit OpenCalls(size_t limit = 256, StillAdmits still_admits = nullptr)
      : limit_(limit), still_admits_(std::move(still_admits)) {}
  absl::StatusOr<std::unique_ptr<Call>> Enter(grpc::ServerContext& context);

  // Lets no further call in, wakes all so that they end by themselves, and cancels those that have
  // not within `grace_seconds`. Returns at the latest then; may be called again.
  void Shutdown(double grace_seconds = 0.5);

  size_t size() const;

 private:
  bool stopping() const;
  bool Admits(const grpc::ServerContext& context) const;

  const size_t limit_;
  const StillAdmits still_admits_;
  mutable std::mutex mutex_;  // guards calls_ and stopping_
  std::condition_variable left_;
  std::list<Call*> calls_;
  bool stopping_ = false;
};

}  // namespace lab
