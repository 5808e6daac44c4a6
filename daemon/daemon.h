#pragma once

// labd: owns the parts in order of declaration, starts and stops them. One per home: it locks
// beside lab.db before it listens.

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/places.h"
#include "core/base/status.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {

struct DaemonOptions {
  Places places;
  std::filesystem::path worker;     // the lab-worker program
  std::filesystem::path log_file;   // where stderr goes; empty: nowhere that can be read back
  double idle_exit_seconds = 0;     // leave after so long without jobs and calls; 0: never
  double leave_seconds = 150;       // for jobs to write their checkpoints when labd leaves
  Supervisor::Options supervisor;   // worker and places are filled in
};

class Daemon {
 public:
  // Takes the lock, opens the store, starts everything and listens. ALREADY_EXISTS if another labd
  // serves this home; FAILED_PRECONDITION or INVALID_ARGUMENT for a home that cannot be used.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(DaemonOptions options);
  ~Daemon();  // at once, if Leave() was not called
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Asks to leave: the first time jobs write their checkpoints, the second time at once. Any
  // thread.
  void RequestShutdown();
  // Blocks until it was asked to leave (or was idle long enough) and has left.
  void Run();

 private:
  class Impl;
  explicit Daemon(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lab
