#pragma once

// A living worker: its process, its frames in and out, and what is known about how it goes. Belongs
// to the supervisor's thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/frame.h"
#include "core/base/status.h"
#include "daemon/store/worker_batch.h"
#include "daemon/supervisor/failure.h"
#include "daemon/supervisor/worker_process.h"

namespace lab {

enum class Role {
  kStarting,  // has not spoken
  kIdle,      // ready for anything
  kJob,       // works on a job
  kInspect,   // serves opened models
  kLeaving    // dismissed
};

class Worker {
 public:
  // Starts lab-worker; its stderr goes to a nameless file in `folder`.
  static absl::StatusOr<std::unique_ptr<Worker>> Start(WorkerProcess::Options options,
                                                       const std::string& folder, int64_t serial,
                                                       double now);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Queues an encoded frame and sends what the socket takes.
  void Send(std::string_view frame);
  void Flush();
  bool HasUnsent() const { return !unsent_.empty(); }

  // Reads what has come (at most some MiB), as whole frames. At end of file sets `closed`.
  absl::StatusOr<std::vector<Frame>> Receive();

  // The end of its stderr: at most `limit` bytes, whole lines.
  std::string LastLines(size_t limit) const;

  const int64_t serial;
  WorkerProcess process;
  Role role = Role::kStarting;
  bool closed = false;   // nothing more comes from it
  bool drained = false;  // the last Receive() took all there was
  double started = 0;
  double last_heard = 0;
  double last_used = 0;  // as an inspect worker

  // As a job's worker.
  RunRequest run;
  WorkerFrames frames;
  WorkerRemains remains;
  double terminate_at = 0;  // 0: never
  double kill_at = 0;       // 0: never

 private:
  Worker(int64_t serial, WorkerProcess process, int stderr_fd);
  // Frees all but the end of a stderr that has grown large.
  void BoundStderr();

  int stderr_fd_ = -1;
  int64_t stderr_freed_ = 0;  // bytes at its beginning that take no room
  FrameDecoder decoder_;
  std::string unsent_;
};

}  // namespace lab
