#pragma once

// Serves opened models: open, generate, inspect, close. Requests run one after the other on a
// thread of its own (*inspect*), so that `abandon` and `took` are heard meanwhile; beside a job on
// one core, always behind whatever else wants the processor.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/frame.h"
#include "daemon/worker/event_writer.h"
#include "daemon/worker/looks.h"
#include "daemon/worker/model_shelf.h"
#include "daemon/worker/result_streams.h"

namespace lab {

class InspectLoop {
 public:
  // Answers through `writer`, which outlives this.
  explicit InspectLoop(EventWriter& writer);
  ~InspectLoop();  // abandons what runs

  // Takes an `open`, `generate`, `inspect` or `close` frame; returns at once.
  void Post(Frame frame);
  // Nobody waits for this request any more.
  void Abandon(const nlohmann::json& request);
  // One more part of this request has gone on to its reader.
  void Took(const nlohmann::json& request);

 private:
  void Run();
  void Handle(const Frame& frame);
  absl::Status Open(const Frame& frame);
  absl::Status Generate(const Frame& frame);
  absl::Status Inspect(const Frame& frame);
  void UseThreads(const Frame& frame);

  EventWriter& writer_;
  ModelShelf shelf_;  // the inspect thread's, like the next two
  Looks looks_;
  int threads_ = -1;
  ResultStreams streams_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Frame> waiting_;
  nlohmann::json running_;  // the request being served
  std::atomic<bool> abandoned_{false};
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lab
