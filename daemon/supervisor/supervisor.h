#pragma once

// Starts, hears and ends the workers: one thread polls them all. It keeps one idle worker ready; a
// job takes it and another is started. What workers say goes to the Delegate, called from the
// supervisor's thread. The public functions may be called from any thread.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/frame.h"
#include "core/base/places.h"
#include "core/base/status.h"
#include "daemon/store/worker_batch.h"
#include "daemon/supervisor/session_messages.h"
#include "daemon/supervisor/worker_messages.h"
#include "lab/v1/inspect.pb.h"
#include "lab/v1/system.pb.h"

namespace lab {

class WorkerLoop;

// How a job's worker came to its end.
struct WorkerEnd {
  std::string outcome;  // succeeded, paused, cancelled, left, failed; "crashed" where a new attempt
                        // may end better
  int64_t step = 0;     // the last that it spoke of
  std::string reason;   // for failed and crashed
  std::string message;
};

class Supervisor {
 public:
  struct Options {
    std::filesystem::path worker;  // the lab-worker program
    std::vector<std::string> arguments;
    Places places;
    double silence_seconds = 30;    // without a heartbeat
    double hello_seconds = 60;      // from start to the first frame
    double stop_seconds = 120;      // from a stop frame to SIGTERM
    double terminate_seconds = 10;  // from SIGTERM to SIGKILL
    double exit_seconds = 10;       // from last words to exit
    double lock_seconds = 60;       // for the lock of a job's former worker
    double restart_seconds = 1;     // after an idle worker's early death; doubles up to 64 times
    double inspect_seconds = 600;   // an unused inspect worker's life
    int64_t inspect_max_bytes = 0;  // of the models in it; 0: a quarter of the memory
  };

  // Called from the supervisor's thread; must not block for long.
  class Delegate {
   public:
    virtual ~Delegate() = default;
    // An idle worker has spoken. An error ends it (WORKER_PROTOCOL).
    virtual absl::Status Described(const nlohmann::json& description) = 0;
    // A worker works on the job.
    virtual void JobStarted(int64_t job, int64_t attempt, int64_t pid) = 0;
    // What a job's worker said, in order; batches are never empty.
    virtual void JobReported(int64_t job, int64_t attempt, WorkerBatch batch) = 0;
    virtual void JobProgressed(int64_t job, const v1::Progress& progress) = 0;
    virtual void JobLogged(int64_t job, const LogMessage& line) = 0;
    // The job's worker is gone; nothing more comes from this run. All it said came before.
    virtual void JobEnded(int64_t job, int64_t attempt, const WorkerEnd& end) = 0;
    // False while reports cannot be taken: jobs' sockets are then left unread for a moment.
    virtual bool HasRoom() = 0;
  };

  Supervisor(Options options, Delegate* delegate);
  ~Supervisor();  // as Stop()
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Starts the thread and the first idle worker.
  void Start();
  // Kills every worker (stop the jobs' ones before, for their checkpoints) and ends the thread.
  // Waiting callers get UNAVAILABLE. May be called twice.
  void Stop();

  // The rest returns at once: orders to a job's worker. An order to a job without one is ignored.
  // Once the lock of the job's former worker is free, the idle worker takes the job.
  void StartJob(RunRequest run);
  void StopJob(int64_t job, StopMode mode);
  void CheckpointJob(int64_t job);
  void ChangeJob(int64_t job, std::vector<v1::Change> changes);
  void AckJob(int64_t job, int64_t attempt, int64_t number);
  // Ends the job's worker as one that broke the protocol.
  void RefuseJob(int64_t job, int64_t attempt, absl::Status why);

  // Takes over silence_seconds, stop_seconds, inspect_seconds and inspect_max_bytes, also for
  // living workers.
  void SetLimits(const Options& options);
  // Returns when the thread has come round to it; at once if it has ended.
  void AwaitTurn();

  // Blocking questions; DEADLINE_EXCEEDED after `timeout`, UNAVAILABLE if the worker vanishes.
  using Timeout = std::chrono::milliseconds;
  // `request` holds the fields of a "check" frame but type and request; the answer is the whole
  // "checked" header.
  absl::StatusOr<nlohmann::json> Check(nlohmann::json request,
                                       Timeout timeout = std::chrono::seconds(60));
  // Any question that the idle worker answers with one frame. `request` is the frame's header but
  // "request"; an answer that is not "ok" is its failure.
  absl::StatusOr<Frame> Ask(nlohmann::json request, const std::string& payload = "",
                            Timeout timeout = std::chrono::seconds(120));
  // Loads the checkpoint folder at `path` into an inspect worker. Fills session, path and what the
  // worker knows of the model.
  absl::StatusOr<lab::v1::OpenResponse> OpenModel(const std::filesystem::path& path,
                                                  Timeout timeout = std::chrono::seconds(120));
  // Streams events into `on_event` in the caller's thread, the summary last. `on_event` returns
  // false, or `cancelled` true, to end it; the latter is asked about ten times a second.
  // NOT_FOUND for an unknown session.
  absl::Status Generate(const lab::v1::GenerateRequest& request,
                        const std::function<bool(const lab::v1::GenerateEvent&)>& on_event,
                        const std::function<bool()>& cancelled);
  // The same for what a model holds inside: the plan, parts, the summary. The worker is at most a
  // few parts ahead of `on_event`.
  absl::Status Inspect(const lab::v1::InspectRequest& request,
                       const std::function<bool(const lab::v1::InspectEvent&)>& on_event,
                       const std::function<bool()>& cancelled);
  // NOT_FOUND for an unknown session.
  absl::Status CloseModel(const std::string& session);

  // The living children.
  std::vector<lab::v1::WorkerProcess> Workers() const;
  // Why no worker can be started, with its last words; "" if all is well.
  std::string Trouble() const;

 private:
  absl::StatusOr<Frame> AskIdle(nlohmann::json request, const std::string& payload,
                                Timeout timeout);
  // Asks a session's worker and hands each frame of its answer to `on_frame`, the last one of type
  // `last`. Ends as Generate says; a failure of on_frame ends it too.
  absl::Status StreamFrom(const std::string& session, const SessionQuestion& question,
                          std::string_view last,
                          const std::function<absl::StatusOr<bool>(const Frame&)>& on_frame,
                          const std::function<bool()>& cancelled);

  std::atomic<int64_t> next_request_{1};
  std::unique_ptr<WorkerLoop> loop_;
  std::thread thread_;
};

}  // namespace lab
