#pragma once

// labd: owns the parts in order of declaration, starts and stops them. One per home: it locks
// beside lab.db before it listens.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/places.h"
#include "core/base/status.h"
#include "daemon/scheduler/scheduler.h"
#include "daemon/storage/storage_options.h"
#include "daemon/store/store.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {

struct DaemonOptions {
  Places places;
  std::filesystem::path log_file;  // where stderr goes; empty: nowhere that can be read back
  std::string log_elsewhere;       // where it is empty: how to read the log; "" if nowhere
  int64_t job_log_max_bytes = 16 << 20;
  std::string listen;              // HOST:PORT for other machines; empty: the Unix socket only
  double idle_exit_seconds = 0;    // leave after so long without jobs and streams; 0: never
  double leave_seconds = 150;      // for jobs to write their checkpoints when labd leaves
  int64_t max_streams = 256;       // open at the same time; see OpenCalls
  std::function<void()> leaving;   // called when it begins to leave; may be empty
  Supervisor::Options supervisor;  // `worker` is needed; places are filled in
  Scheduler::Options scheduler;
  StoreOptions store;
  StorageOptions storage;
};

class Daemon {
 public:
  // Takes the lock, opens the store, starts everything and listens. ALREADY_EXISTS if another labd
  // serves this home; another failure for a home that cannot be used.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(DaemonOptions options);
  ~Daemon();  // leaves at once if Run() has not done so in good order
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Asks to leave: the first time jobs write their checkpoints, the second time at once. Any
  // thread.
  void RequestShutdown();
  // Blocks until it was asked to leave (or was idle long enough) and has left.
  void Run();

  // Takes over what may change meanwhile: limits and times, but neither addresses nor programs. Any
  // thread.
  void Reconfigure(const DaemonOptions& options);
  // Running jobs write a checkpoint now. Any thread.
  void CheckpointJobs();
  // "run 12 step 800/5000, 3 queued". Any thread.
  std::string Summary() const;
  // How many jobs have a worker. Any thread.
  int64_t active() const;
  // Returns when scheduler, supervisor and store have answered, each in its own thread; `asking` is
  // called before each with its name. Any thread.
  void AskThreads(const std::function<void(std::string_view)>& asking);

  // What other machines reach, "0.0.0.0:7733"; empty if nothing.
  std::string remote_address() const;

 private:
  class Impl;
  explicit Daemon(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The lab-worker that belongs to this program: `given` if it is not empty, else beside the program,
// else in /usr/lib/llm-lab. NOT_FOUND with the places looked at.
absl::StatusOr<std::filesystem::path> FindWorker(const std::filesystem::path& given,
                                                 const std::filesystem::path& program);

}  // namespace lab
