#include "daemon/store/schema.h"

namespace lab {
namespace {

constexpr std::string_view kVersion1 = R"sql(
-- One row a job. Times are milliseconds since 1970-01-01 UTC, NULL while they have not come.
CREATE TABLE jobs (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, even after a removal
  name          TEXT NOT NULL,
  type          TEXT NOT NULL,
  state         INTEGER NOT NULL,            -- lab.v1.Job.State
  desired       INTEGER NOT NULL DEFAULT 0,  -- 0 run, 1 pause, 2 cancel
  priority      INTEGER NOT NULL DEFAULT 0,  -- higher first
  position      INTEGER NOT NULL,            -- in the queue, lower first
  group_name    TEXT NOT NULL DEFAULT '',
  member        TEXT NOT NULL DEFAULT '',    -- "learning_rate=3e-4 seed=2"
  seed          INTEGER NOT NULL,
  attempt       INTEGER NOT NULL DEFAULT 1,
  crashes       INTEGER NOT NULL DEFAULT 0,  -- since the newest full checkpoint was recorded
  created_ms    INTEGER NOT NULL,
  started_ms    INTEGER,                     -- first start
  ended_ms      INTEGER,
  device        TEXT NOT NULL DEFAULT '',
  worker_pid    INTEGER NOT NULL DEFAULT 0,
  parent_job    INTEGER,                     -- NULL: no parent; 0: a folder outside the lab
  parent_step   INTEGER,
  error_reason  TEXT NOT NULL DEFAULT '',
  error_message TEXT NOT NULL DEFAULT '',
  note          TEXT NOT NULL DEFAULT '',
  tags          TEXT NOT NULL DEFAULT '[]',  -- JSON array of strings
  progress      BLOB NOT NULL DEFAULT x'',   -- a lab.v1.Progress message
  last_sequence INTEGER NOT NULL DEFAULT 0   -- of the job's newest event
);
CREATE INDEX jobs_by_state ON jobs(state);
CREATE INDEX jobs_by_group ON jobs(group_name) WHERE group_name <> '';

-- What was submitted, and what it resolved to.
CREATE TABLE job_texts (
  job           INTEGER PRIMARY KEY,
  text          TEXT NOT NULL,               -- YAML, untouched
  file          TEXT NOT NULL,
  base          TEXT NOT NULL,               -- relative paths in `text` start here
  overrides     TEXT NOT NULL,               -- JSON array of strings, in order
  override_base TEXT NOT NULL,
  resolved      TEXT NOT NULL                -- YAML, every field set
);

-- Names of groups that have members.
CREATE TABLE groups (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) WITHOUT ROWID;

-- Answers to submissions, so that a repeated one makes no second job.
CREATE TABLE requests (
  request_id TEXT PRIMARY KEY,
  group_name TEXT NOT NULL,
  jobs       TEXT NOT NULL                   -- JSON array of ids
) WITHOUT ROWID;

-- Each run of a job. What an earlier attempt reported at a step greater than `resumed_step`, or at
-- that step after `resumed_sequence` (below), is superseded. Worker numbers up to `last_number` were taken in, without a gap; they are unique
-- within an attempt, so that taking them in again does nothing.
CREATE TABLE attempts (
  job          INTEGER NOT NULL,
  attempt      INTEGER NOT NULL,
  resumed_step INTEGER NOT NULL,             -- -1: from nothing
  last_number  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job, attempt)
) WITHOUT ROWID;

-- Metrics of a job, numbered 1, 2, … in the order in which they were first declared.
CREATE TABLE metrics (
  job    INTEGER NOT NULL,
  metric INTEGER NOT NULL,
  name   TEXT NOT NULL,                      -- "train/loss"
  unit   TEXT NOT NULL,
  goal   TEXT NOT NULL,                      -- "min", "max" or "none"
  PRIMARY KEY (job, metric),
  UNIQUE (job, name)
) WITHOUT ROWID;

-- What a worker calls its metrics.
CREATE TABLE declared (
  job          INTEGER NOT NULL,
  attempt      INTEGER NOT NULL,
  worker_index INTEGER NOT NULL,
  metric       INTEGER NOT NULL,
  PRIMARY KEY (job, attempt, worker_index)
) WITHOUT ROWID;

-- Points of one metric and attempt in order of sequence. Rows with open = 1 are the tail: one row a
-- commit, folded into rows of 1,024 points when there are that many. `extremes` and `points` are
-- little-endian: extremes holds the first, last, smallest, greatest and first NaN point as
-- (i64 sequence, i64 step, f64 seconds, f64 value), sequence 0 for one that does not exist;
-- points holds n i64 sequences, n i64 steps, n f64 seconds, n f64 values.
CREATE TABLE chunks (
  job            INTEGER NOT NULL,
  metric         INTEGER NOT NULL,
  attempt        INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  last_sequence  INTEGER NOT NULL,
  n              INTEGER NOT NULL,
  min_step       INTEGER NOT NULL,
  max_step       INTEGER NOT NULL,
  open           INTEGER NOT NULL,
  time_ms        INTEGER NOT NULL,           -- when the last one was taken in
  extremes       BLOB NOT NULL,
  points         BLOB NOT NULL
);
CREATE UNIQUE INDEX chunks_by_series ON chunks(job, metric, last_sequence);
CREATE INDEX chunks_by_sequence ON chunks(job, last_sequence, first_sequence);
CREATE INDEX chunks_open ON chunks(job, metric) WHERE open = 1;

-- The newest and the best visible value of each metric.
CREATE TABLE summaries (
  job         INTEGER NOT NULL,
  metric      INTEGER NOT NULL,
  open_points INTEGER NOT NULL,              -- points in open chunks
  last        REAL,                          -- NULL: NaN
  last_step   INTEGER NOT NULL,              -- -1: no visible point
  best        REAL,                          -- NULL: none (no goal, or only NaN)
  best_step   INTEGER,
  PRIMARY KEY (job, metric)
) WITHOUT ROWID;

-- Everything else that has a sequence. `data` is the lab.v1 message of its kind.
CREATE TABLE events (
  job      INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  number   INTEGER,                          -- the worker's; NULL for labd's own events
  kind     TEXT NOT NULL,                    -- "state", "sample", "checkpoint" or "mark"
  step     INTEGER NOT NULL,
  time_ms  INTEGER NOT NULL,
  data     BLOB NOT NULL,
  PRIMARY KEY (job, sequence)
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_by_number ON events(job, attempt, number) WHERE number IS NOT NULL;
CREATE INDEX events_by_kind ON events(job, kind, step);

-- Checkpoints that lie complete on the disk.
CREATE TABLE checkpoints (
  job        INTEGER NOT NULL,
  name       TEXT NOT NULL,                  -- "step-000500"
  step       INTEGER NOT NULL,
  attempt    INTEGER NOT NULL,               -- that wrote it
  kind       TEXT NOT NULL,                  -- "full" or "weights"
  size_bytes INTEGER NOT NULL,
  sha256     TEXT NOT NULL,                  -- of its manifest.json
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (job, name)
) WITHOUT ROWID;
)sql";

constexpr std::string_view kDependencies = R"sql(
-- Jobs that must end before another may start. `settled`: 0 as `needs` stands; once that no longer
-- counts, a lab.v1.Dependency.Standing: 2 met, 3 broken (`needs` was removed), 4 waived.
CREATE TABLE dependencies (
  job     INTEGER NOT NULL,
  needs   INTEGER NOT NULL,                  -- the other job
  any_end INTEGER NOT NULL,                  -- 1: its end will do, however; 0: its success
  place   INTEGER NOT NULL,                  -- in the order given
  settled INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job, needs)
) WITHOUT ROWID;
CREATE INDEX dependencies_by_needs ON dependencies(needs);
)sql";

constexpr std::string_view kOrigins = R"sql(
-- Where imported jobs came from. Jobs that were queued here have no row.
CREATE TABLE origins (
  job         INTEGER PRIMARY KEY,
  source_job  INTEGER NOT NULL,              -- its id there
  host        TEXT NOT NULL,                 -- the machine
  exported_ms INTEGER NOT NULL,              -- when its file was made
  imported_ms INTEGER NOT NULL               -- when it was taken in
);
)sql";

// Settings changed after a job was queued.
constexpr std::string_view kChanges = R"sql(
CREATE TABLE changes (
  job        INTEGER NOT NULL,
  id         INTEGER NOT NULL,               -- 1, 2, … within the job
  field      TEXT NOT NULL,                  -- "optim.learning_rate"
  before     TEXT NOT NULL,                  -- YAML
  value      TEXT NOT NULL,                  -- YAML
  step       INTEGER,                        -- updates done when it acted; NULL: it has not
  resolved   TEXT NOT NULL,                  -- the whole config with it
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (job, id)
) WITHOUT ROWID;

-- Why it ended before its planned end, and yet well.
ALTER TABLE jobs ADD COLUMN ending TEXT NOT NULL DEFAULT '';
)sql";

// What exactly an attempt went on from.
constexpr std::string_view kResumedFrom = R"sql(
-- When the checkpoint that the attempt went on from was recorded; NULL: unknown, or from nothing.
ALTER TABLE attempts ADD COLUMN resumed_sequence INTEGER;
-- SHA-256 of trainer/manifest.json, "" if its worker did not say; NULL: recorded before this step.
ALTER TABLE checkpoints ADD COLUMN trainer_sha256 TEXT;
)sql";

}  // namespace

const std::vector<std::string_view>& SchemaSteps() {
  static const std::vector<std::string_view> kSteps = {kVersion1, kDependencies, kOrigins, kChanges,
                                                       kResumedFrom};
  return kSteps;
}

}  // namespace lab
