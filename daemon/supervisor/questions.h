#pragma once

// Callers that wait for a worker's answer. The supervisor's thread delivers, the asking thread
// waits; both share one Answers by shared_ptr.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/frame.h"
#include "core/base/status.h"

namespace lab {

class Answers {
 public:
  void Deliver(Frame frame);
  void Fail(absl::Status status);
  // The next frame; nullopt if none came before `deadline`; the failure once all frames are taken.
  absl::StatusOr<std::optional<Frame>> Wait(std::chrono::steady_clock::time_point deadline);

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Frame> frames_;
  absl::Status failure_;
};

// The open questions by their "request". Belongs to the supervisor's thread.
class Questions {
 public:
  // `worker` is the serial of who was asked; 0: nobody yet.
  void Add(const std::string& request, std::shared_ptr<Answers> answers, int64_t worker);
  void AskedOf(const std::string& request, int64_t worker);
  bool Knows(const std::string& request) const { return open_.count(request) > 0; }
  // Who was asked; 0 if nobody or unknown.
  int64_t WorkerOf(const std::string& request) const;
  // How many wait for this worker.
  int64_t CountOf(int64_t worker) const;
  // Hands the frame on; forgets the question unless more frames follow. From a worker that was not
  // asked it is dropped.
  void Deliver(const std::string& request, int64_t worker, Frame frame);
  void Forget(const std::string& request) { open_.erase(request); }
  void Fail(const std::string& request, const absl::Status& status);
  void FailAllOf(int64_t worker, const absl::Status& status);
  void FailAll(const absl::Status& status);

 private:
  struct Open {
    std::shared_ptr<Answers> answers;
    int64_t worker = 0;
  };
  std::map<std::string, Open> open_;
};

}  // namespace lab
