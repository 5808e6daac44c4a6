#pragma once

// What the store takes in and gives out beside the generated messages, which are the records of
// jobs, events and series. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lab/v1/config.pb.h"
#include "lab/v1/event.pb.h"
#include "lab/v1/job.pb.h"

namespace lab {

// What a person wants of a job; a STOPPING one becomes PAUSED or CANCELLED by it. kGoOn: as kRun,
// and its attempt goes on, because labd itself had stopped it in good order.
enum class Desired { kRun = 0, kPause = 1, kCancel = 2, kGoOn = 3 };

// Why labd holds a job: another, whose success it waits for, has failed.
inline constexpr std::string_view kDependencyFailed = "DEPENDENCY_FAILED";

// Another job that must end before a new one may start.
struct NewDependency {
  int64_t job = 0;
  bool any = false;  // its end will do, however; else its success
};

// One job to queue.
struct NewJob {
  std::string name;
  std::string type;
  std::string member;  // what distinguishes it in its group; "" if alone
  int64_t seed = 0;
  int64_t priority = 0;
  bool hold = false;         // queue it as HELD
  v1::ConfigText submitted;  // as given, with this member's overrides
  std::string resolved;      // YAML, every field set
  std::optional<v1::Parent> parent;
  std::vector<NewDependency> dependencies;  // of one job given twice the stricter counts
};

struct CreatedJobs {
  std::vector<int64_t> ids;
  std::string group;      // "" if no group was wanted
  bool repeated = false;  // the request_id was known: these are the first call's jobs
};

// A job as the scheduler sees it. `job` is without summary, checkpoints and dependencies where so
// said.
struct JobRecord {
  v1::Job job;
  Desired desired = Desired::kRun;
  int64_t position = 0;  // in the queue, within one priority; lower starts first
  int64_t crashes = 0;   // attempts that crashed since the newest full checkpoint was recorded
};

// The config texts of a job.
struct JobTexts {
  v1::ConfigText submitted;
  std::string resolved;
  std::string current;  // `resolved` with all changes
};

// What to change; absent fields stay. With a new `state` a "state" event is appended in the same
// transaction, and the store sets start_time at the first RUNNING, end_time at SUCCEEDED, FAILED
// and CANCELLED, and clears end_time and error when the job is queued again.
struct JobChange {
  std::optional<v1::Job::State> state;
  std::optional<Desired> desired;
  std::optional<v1::JobError> error;  // an empty reason clears it
  std::optional<std::string> device;
  std::optional<int64_t> worker_pid;
  std::optional<int64_t> crashes;
  std::optional<int64_t> priority;
  std::optional<int64_t> position;
  std::optional<std::string> name;
  std::optional<std::string> note;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> resolved;  // the YAML, e.g. with numerics settled at the first start
  std::optional<v1::Parent> parent;     // where it begins, if that is settled at the first start
  bool waive_dependencies = false;      // those that are broken no longer count
};

// Where jobs go that are moved in the queue.
enum class QueuePlace { kTop, kBottom, kBefore };

struct JobFilter {
  std::vector<v1::Job::State> states;  // only these; empty: all
  std::string group;                   // only this group; "": all
  std::vector<std::string> tags;       // only jobs with all of these
  int64_t page_size = 0;               // 0: 1,000
  std::string page_token;              // from the page before
};

struct JobPage {
  std::vector<v1::Job> jobs;    // with summary and dependencies, without checkpoints
  std::string next_page_token;  // "" at the end
};

// A stretch of a job's history.
struct History {
  std::vector<v1::WatchEvent> events;  // by sequence; points packed into "metric" events
  int64_t through = 0;                 // everything asked for up to this sequence is in `events`
  bool at_end = false;                 // nothing later was committed when it was read
};

bool IsEnded(v1::Job::State state);  // SUCCEEDED, FAILED or CANCELLED

}  // namespace lab
