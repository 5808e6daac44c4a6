#pragma once

// labd's memory: jobs, attempts, metrics, events, checkpoints, in one SQLite file. A thread of its
// own, *store*, is the only writer; everything here may be called from any thread. Reads run on
// the caller's thread and their own connections and see what is committed. A write returns when it
// is committed and synced to the disk (it then survives kill -9 and a power cut), except where said
// otherwise. Requires: one Store per file (labd's lock beside lab.db sees to it).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "daemon/store/checkpoint_reader.h"
#include "daemon/store/committed_events.h"
#include "daemon/store/job_copy.h"
#include "daemon/store/metric_reader.h"
#include "daemon/store/options.h"
#include "daemon/store/records.h"
#include "daemon/store/worker_batch.h"
#include "lab/v1/metric.pb.h"

namespace lab {

class LiveState;
class ReadPool;
class StoreWriter;

// A job to take in: its id is reserved, `source` starts its pieces anew.
struct ReservedCopy {
  int64_t id = 0;
  JobCopy copy;
  v1::Origin origin;
  std::function<JobCopySource()> source;
};

class Store {
 public:
  // Opens or makes `path`. Older schemas are migrated after a copy was made beside it; a newer one
  // is FAILED_PRECONDITION; a damaged file is DATA_LOSS; both name the file. `events` and `clock`
  // must outlive the store; `events` may be null.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path,
                                                     CommittedEvents* events, const Clock* clock,
                                                     StoreOptions options = {});
  // Commits what is pending (unless the disk refuses it) and ends the thread.
  ~Store();

  // --- callbacks, from the store thread; set them before the first Append; they must not call
  // the store's writes.
  // Every numbered event of the attempt up to `number` is committed: acknowledge it.
  void OnCommitted(std::function<void(int64_t job, int64_t attempt, int64_t number)> callback);
  // A batch was not taken: a gap in its numbers or an unknown job. The worker should be ended.
  void OnRefused(std::function<void(int64_t job, int64_t attempt, absl::Status)> callback);

  // --- jobs. NOT_FOUND for an unknown id; DISK_FULL changes nothing.
  // Queues jobs, all or none. A wanted group name gets "-2", "-3", … if it is taken (one that is
  // all digits would read as a job's id and gets "group-" before it). A known `request_id` answers
  // with the first call's jobs. NOT_FOUND for a dependency on a job that does not exist.
  absl::StatusOr<CreatedJobs> CreateJobs(const std::vector<NewJob>& jobs,
                                         std::string_view wanted_group,
                                         std::string_view request_id);
  absl::StatusOr<v1::Job> GetJob(int64_t id) const;          // with everything
  absl::StatusOr<JobRecord> GetJobRecord(int64_t id) const;  // see JobRecord
  // Running and stopping ones, then queue order, then ended and paused ones newest first.
  absl::StatusOr<JobPage> ListJobs(const JobFilter& filter) const;
  absl::StatusOr<JobTexts> GetJobTexts(int64_t id) const;
  absl::Status UpdateJob(int64_t id, const JobChange& change);
  // The same without waiting, in order with Append; kept and tried again while the disk is full.
  // For what must not get lost, such as how a run ended. Until then reads give the old state.
  void UpdateJobEventually(int64_t id, const JobChange& change);
  // Settings changed after the job was queued; see ChangeStore. That one acted is taken from the
  // worker's mark "set", in order with the other events.
  absl::Status AddChanges(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                          std::string_view resolved);
  absl::StatusOr<std::vector<v1::Change>> ListChanges(int64_t job) const;
  // Forgets the job and all its data; its id is never used again. Files are the caller's matter.
  absl::Status RemoveJob(int64_t id);
  // Jobs in these states, oldest first, without summary and checkpoints.
  absl::StatusOr<std::vector<JobRecord>> JobsInState(
      const std::vector<v1::Job::State>& states) const;
  absl::StatusOr<int64_t> CountJobs(const std::vector<v1::Job::State>& states) const;
  // Jobs whose state no longer fits what they wait for, with their dependencies: QUEUED with a
  // broken one, or HELD as DEPENDENCY_FAILED without one.
  absl::StatusOr<std::vector<JobRecord>> MisplacedJobs() const;
  // Puts the jobs, in this order, at another place of the queue, where they take over the priority
  // that rules there: the highest of all queued and held ones at the top, the lowest at the bottom,
  // that of `before` right before it. Requires: `before` is not one of them.
  absl::Status ArrangeJobs(const std::vector<int64_t>& ids, QueuePlace place, int64_t before);
  // QUEUED jobs that wait for no other, in the order they should start: priority (higher first),
  // then position.
  absl::StatusOr<std::vector<JobRecord>> NextQueued(int64_t limit = 1) const;
  // Ids of a group's members in order; empty for no such group.
  absl::StatusOr<std::vector<int64_t>> GroupMembers(std::string_view group) const;

  // --- running
  // Records that `attempt` (1, 2, …) starts from the checkpoint of `resumed_step`; -1: from
  // nothing. Of earlier attempts, points, samples and checkpoints with a later step are superseded,
  // and what was reported at that step after the checkpoint: kept, hidden, gone from the summary;
  // if there are any, a mark "rewind" with this step (also -1) is appended. Everything appended
  // before is committed first. The same call again changes nothing.
  absl::Status BeginAttempt(int64_t job, int64_t attempt, int64_t resumed_step);
  // Takes a worker's batch without waiting. Commits follow as StoreOptions say; each gives the
  // events their sequences, posts them to watchers and calls OnCommitted. Numbers already taken
  // in are skipped. Requires: the attempt was begun; else the batch is refused. Returns HasRoom():
  // while false, stop reading the worker's socket.
  bool Append(int64_t job, int64_t attempt, WorkerBatch batch);
  bool HasRoom() const;
  // Waits until everything appended so far is committed; DISK_FULL and the like if it cannot be.
  absl::Status Flush();
  // Takes in the unacknowledged frames of a farewell checkpoint; known numbers are skipped.
  // DATA_LOSS if the frames are damaged or do not follow what is known, FAILED_PRECONDITION if they
  // say that they are of another attempt.
  absl::Status ImportFarewell(int64_t job, int64_t attempt, std::string_view frames);
  // The highest number taken in of an attempt; 0 if none.
  absl::StatusOr<int64_t> LastWorkerNumber(int64_t job, int64_t attempt) const;
  // How far a job is: visible at once, posted to watchers, written with some later commit.
  void SetProgress(int64_t job, const v1::Progress& progress);
  // A line of the worker's log: posted to watchers, not stored.
  void PostLog(int64_t job, std::string_view line);

  // --- checkpoints (recorded by Append, in order with the other events)
  // The one with the highest step that is resumable and not superseded.
  absl::StatusOr<std::optional<v1::Checkpoint>> NewestFullCheckpoint(int64_t job) const;
  // Whether a full checkpoint `name` is recorded whose trainer/manifest.json has this SHA-256. If
  // that was not noted when it was recorded, any will do.
  absl::StatusOr<bool> KnowsTrainer(int64_t job, std::string_view name,
                                    std::string_view trainer_sha256) const;
  // Those of these jobs, of all if there are none, by job: each with the newest visible val/loss at
  // its own step, not yet marked. Jobs without any, and unknown ones, have no element.
  absl::StatusOr<std::vector<CheckpointsOfJob>> ListCheckpoints(
      const std::vector<int64_t>& jobs) const;
  // Forgets one (deleted by a person, or found damaged). NOT_FOUND.
  absl::Status DropCheckpoint(int64_t job, std::string_view name);

  // --- series and history
  // Visible points in order of sequence: one or more parts per series, in the order of `names`
  // (empty: all, as they were declared). With max_points > 0 a longer series is thinned to first,
  // min, max, last and the first NaN of buckets of equal numbers of points: at most max_points in
  // all, but at least one bucket. Only points of `range` are read, counted and thinned. `part`
  // returns false to stop; no database lock is held meanwhile.
  absl::Status ReadMetrics(int64_t job, const std::vector<std::string>& names, int64_t max_points,
                           bool all_attempts,
                           const std::function<bool(const v1::SeriesPart&)>& part,
                           StepRange range = {}) const;
  // The next events after `after`, superseded ones too (a mark "rewind" says so): those among the
  // next `limit` sequences that are of `kinds` (empty: all). Go on from `through` until `at_end`.
  absl::StatusOr<History> ReadEventsAfter(int64_t job, int64_t after,
                                          const std::vector<std::string>& kinds,
                                          int64_t limit = 16'384) const;
  absl::StatusOr<std::vector<v1::Sample>> ListSamples(int64_t job) const;  // visible, by step
  absl::StatusOr<int64_t> LastSequence(int64_t job) const;                 // committed

  // --- copies of jobs (job_copy.h has what these give and take)
  absl::StatusOr<JobCopy> ReadJobCopy(int64_t job) const;
  absl::StatusOr<std::vector<PointCopy>> ReadPointCopies(int64_t job, int64_t metric, int64_t after,
                                                         int64_t through) const;
  absl::StatusOr<std::vector<EventCopy>> ReadEventCopies(int64_t job, int64_t after,
                                                         int64_t through, int64_t limit) const;
  absl::StatusOr<std::vector<int64_t>> ReserveJobIds(int64_t count);
  // New jobs get ids above `id`: folders of jobs that this database does not know are not theirs.
  absl::Status SkipJobIdsThrough(int64_t id);
  // All of them or none, in one transaction; `wanted_group` as in CreateJobs. Returns the group.
  // `copies` may be asked for its pieces from the store's thread, and again from the start.
  absl::StatusOr<std::string> InsertJobCopies(const std::vector<ReservedCopy>& copies,
                                              std::string_view wanted_group);
  // Appends a mark of labd's own.
  absl::Status AddMark(int64_t job, const v1::Mark& mark);

  // Rises with each change of any job's message, live progress too, after it can be read; from 1 on
  // at each opening.
  int64_t revision() const;

  // Why nothing can be written at present ("the disk that holds … is full"); "" if all is well.
  // While it is not empty, start no new job.
  std::string trouble() const;

 private:
  Store();
  void PostTransient(int64_t job, v1::WatchEvent event);

  CommittedEvents* events_ = nullptr;
  const Clock* clock_ = nullptr;
  std::unique_ptr<LiveState> live_;
  std::unique_ptr<ReadPool> readers_;
  std::unique_ptr<StoreWriter> writer_;  // last: its thread uses the others
};

}  // namespace lab
