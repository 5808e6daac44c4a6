#include "daemon/supervisor/questions.h"

#include <algorithm>
#include <utility>

namespace lab {

void Answers::Deliver(Frame frame) {
  std::lock_guard lock(mutex_);
  frames_.push_back(std::move(frame));
  changed_.notify_all();
}

void Answers::Fail(absl::Status status) {
  std::lock_guard lock(mutex_);
  failure_ = std::move(status);
  changed_.notify_all();
}

absl::StatusOr<std::optional<Frame>> Answers::Wait(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return !frames_.empty() || !failure_.ok(); });
  if (!frames_.empty()) {
    std::optional<Frame> frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }
  if (!failure_.ok()) return failure_;
  return std::nullopt;
}

void Questions::Add(const std::string& request, std::shared_ptr<Answers> answers, int64_t worker) {
  open_[request] = {std::move(answers), worker};
}

void Questions::AskedOf(const std::string& request, int64_t worker) {
  if (auto found = open_.find(request); found != open_.end()) found->second.worker = worker;
}

int64_t Questions::WorkerOf(const std::string& request) const {
  auto found = open_.find(request);
  return found == open_.end() ? 0 : found->second.worker;
}

int64_t Questions::CountOf(int64_t worker) const {
  return std::count_if(open_.begin(), open_.end(),
                       [&](const auto& entry) { return entry.second.worker == worker; });
}

void Questions::Deliver(const std::string& request, int64_t worker, Frame frame) {
  auto found = open_.find(request);
  if (found == open_.end() || found->second.worker != worker) return;
  const std::string type = frame.type();
  const bool last = type != "token" && type != "planned" && type != "part";
  found->second.answers->Deliver(std::move(frame));
  if (last) open_.erase(found);
}

void Questions::Fail(const std::string& request, const absl::Status& status) {
  auto found = open_.find(request);
  if (found == open_.end()) return;
  found->second.answers->Fail(status);
  open_.erase(found);
}

void Questions::FailAllOf(int64_t worker, const absl::Status& status) {
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->second.worker != worker) {
      ++at;
      continue;
    }
    at->second.answers->Fail(status);
    at = open_.erase(at);
  }
}

void Questions::FailAll(const absl::Status& status) {
  for (auto& [request, open] : open_) open.answers->Fail(status);
  open_.clear();
}

}  // namespace lab
