#pragma once

// Serves opened models: open, generate, close. Requests run one after the other on a thread of its
// own (*inspect*), so that `abandon` is heard meanwhile.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/frame.h"
#include "core/checkpoint/checkpoint.h"
#include "daemon/worker/event_writer.h"

namespace lab {

class InspectLoop {
 public:
  // Answers through `writer`, which outlives this.
  explicit InspectLoop(EventWriter& writer);
  ~InspectLoop();  // abandons what runs

  // Takes an `open`, `generate` or `close` frame; returns at once.
  void Post(Frame frame);
  // Nobody waits for this request any more.
  void Abandon(const nlohmann::json& request);

 private:
  void Run();
  void Handle(const Frame& frame);
  absl::Status Open(const Frame& frame);
  absl::Status Generate(const Frame& frame);

  EventWriter& writer_;
  HashCache hashes_;
  std::map<std::string, OpenedModel> models_;  // by session; the inspect thread's
  int64_t next_session_ = 1;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Frame> waiting_;
  nlohmann::json running_;  // the request being served
  std::atomic<bool> abandoned_{false};
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lab
