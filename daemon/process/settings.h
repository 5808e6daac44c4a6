#pragma once

// labd.yaml: what a person may want to set, and what the daemon's parts make of it. The command
// line and the environment come as overrides of the file. Plain values, any thread.

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/places.h"
#include "core/base/status.h"
#include "core/config/describe.h"
#include "core/config/settings.h"
#include "daemon/daemon.h"

namespace lab {

struct LogSettings {
  std::string level = "info";
  int64_t max_bytes = 8 << 20;
  int64_t keep = 4;
  int64_t job_max_bytes = 16 << 20;

  template <class V>
  constexpr void Describe(V& v) {
    v("level", level,
      {.help = "the least that is worth a line",
       .choices = {"debug", "info", "warning", "error"},
       .live = true});
    v("max_bytes", max_bytes,
      {.help = "labd.log becomes labd.log.1 when it is larger; a log that goes to a terminal or "
               "to the journal is not labd's to limit",
       .unit = "bytes",
       .min = 4096,
       .live = true});
    v("keep", keep,
      {.help = "so many older files are kept: labd.log.1, …", .min = 0, .max = 100, .live = true});
    v("job_max_bytes", job_max_bytes,
      {.help = "a job's log becomes log.1 when it is larger; one such is kept",
       .unit = "bytes",
       .min = 4096,
       .live = true});
  }
};

struct StorageSettings {
  AutoOr<int64_t> min_free_bytes;
  int64_t max_bytes = 0;

  template <class V>
  constexpr void Describe(V& v) {
    v("min_free_bytes", min_free_bytes,
      {.help = "with less free space where jobs lie, no job starts and running ones are paused "
               "while their checkpoint still fits; auto is a fiftieth of the disk, at most 1 GiB; "
               "0 is no such limit",
       .unit = "bytes",
       .min = 0,
       .live = true});
    v("max_bytes", max_bytes,
      {.help = "what jobs, cache and database may take together; above, no job starts; 0 is no "
               "such limit",
       .unit = "bytes",
       .min = 0,
       .live = true});
  }
};

struct WorkerSettings {
  std::string program;
  double silence_seconds = 30;
  double inspect_minutes = 10;
  int64_t inspect_max_bytes = 0;
  int64_t max_crashes = 3;

  template <class V>
  constexpr void Describe(V& v) {
    v("program", program,
      {.help = "lab-worker's path; empty looks beside labd, then in /usr/lib/llm-lab",
       .path = true});
    v("silence_seconds", silence_seconds,
      {.help = "a worker that says nothing for so long is ended, and its job begins a new attempt",
       .unit = "seconds",
       .min = 5,
       .live = true});
    v("inspect_minutes", inspect_minutes,
      {.help = "a model that was opened to look at it is closed when unused for so long",
       .unit = "minutes",
       .min = 0,
       .above_min = true,
       .live = true});
    v("inspect_max_bytes", inspect_max_bytes,
      {.help =
           "memory that the models opened to look at them may take; 0: a quarter of the machine's",
       .unit = "bytes",
       .min = 0,
       .live = true});
    v("max_crashes", max_crashes,
      {.help = "so many crashes without a newer checkpoint fail a job", .min = 1, .live = true});
  }
};

struct WatchSettings {
  int64_t max_streams = 256;

  template <class V>
  constexpr void Describe(V& v) {
    v("max_streams", max_streams,
      {.help = "clients that watch, follow a log or let a model write at the same time; one more "
               "is refused",
       .min = 1,
       .max = 1000});
  }
};

struct Settings {
  std::string listen;
  double idle_exit_minutes = 0;
  double leave_seconds = 150;
  LogSettings log;
  StorageSettings storage;
  WorkerSettings worker;
  WatchSettings watch;

  template <class V>
  constexpr void Describe(V& v) {
    v("listen", listen,
      {.help = "where labd also serves other machines, by TLS, those that bring a token: "
               "HOST:PORT, like 0.0.0.0:7733; empty is nowhere"});
    v("idle_exit_minutes", idle_exit_minutes,
      {.help = "labd leaves after so long without jobs and watchers; 0 is never",
       .unit = "minutes",
       .min = 0,
       .live = true});
    v("leave_seconds", leave_seconds,
      {.help = "how long labd waits for jobs to write their checkpoints when it leaves; one that "
               "is stopped alone gets four fifths of it; a service needs a TimeoutStopSec above "
               "it",
       .unit = "seconds",
       .min = 5,
       .live = true});
    v("log", log, {.help = "What labd and its workers write down"});
    v("storage", storage, {.help = "How much of the disk the lab may take"});
    v("worker", worker, {.help = "The processes that do the work"});
    v("watch", watch, {.help = "Who looks on"});
  }

  void Check(Checker& check) const;
};

// Where settings come from beside the file, weakest first.
struct SettingSource {
  std::string name;      // "--listen", "LAB_MIN_FREE_BYTES"
  std::string override;  // "listen=0.0.0.0:7733"
};

struct LoadedSettings {
  Settings settings;
  std::filesystem::path file;  // that was read; empty if there is none
  std::vector<Setting> list;   // all of them, in order, with where each comes from
  std::vector<std::string> warnings;
};

// Reads `file`, which must exist, or labd.yaml of the home, which need not, and puts `sources`
// over it. INVALID_ARGUMENT with everything that is wrong, one FILE:LINE a line.
absl::StatusOr<LoadedSettings> LoadSettings(const Places& places, const std::filesystem::path& file,
                                            const std::vector<SettingSource>& sources);

// Variables of the environment that are settings, for tests.
std::vector<SettingSource> SettingsOfEnvironment(const Environment& environment);

// What the daemon's parts make of `settings`; the rest of `options` stays as it is.
void Configure(const Settings& settings, DaemonOptions* options);

// packaging/labd.yaml: every setting explained, at its default.
std::string ExampleSettings();

// One line a setting: its name, its value, where it comes from.
std::string FormatSettings(const std::vector<Setting>& settings);

}  // namespace lab
