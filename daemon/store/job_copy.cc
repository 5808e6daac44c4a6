#include "daemon/store/job_copy.h"

#include <algorithm>
#include <utility>

#include "core/base/strings.h"
#include "daemon/store/attempts.h"
#include "daemon/store/change_store.h"
#include "daemon/store/event_packer.h"
#include "daemon/store/event_store.h"
#include "daemon/store/job_store.h"

namespace lab {
namespace {

constexpr int64_t kChunksAtOnce = 16;

std::optional<int64_t> MillisOf(bool present, const google::protobuf::Timestamp& time) {
  return present ? std::optional<int64_t>(ToMillis(time)) : std::nullopt;
}

absl::StatusOr<std::vector<AttemptCopy>> ReadAttempts(Database* database, int64_t job) {
  Statement rows = database->Query(
      "SELECT attempt, resumed_step, last_number, resumed_sequence FROM attempts WHERE job = ? "
      "ORDER BY attempt",
      job);
  std::vector<AttemptCopy> attempts;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return attempts;
    AttemptCopy& one = attempts.emplace_back();
    one = {rows.Int(0), rows.Int(1), rows.Int(2), std::nullopt};
    if (!rows.IsNull(3)) one.resumed_sequence = rows.Int(3);
  }
}

absl::StatusOr<std::vector<MetricCopy>> ReadMetricCopies(Database* database, int64_t job) {
  std::vector<MetricCopy> copies;
  ASSIGN_OR_RETURN(std::vector<MetricInfo> metrics, MetricStore(database).Metrics(job));
  for (MetricInfo& metric : metrics) {
    ASSIGN_OR_RETURN(int64_t count, database->QueryInt(0,
                                                       "SELECT coalesce(sum(n), 0) FROM chunks "
                                                       "WHERE job = ? AND metric = ?",
                                                       job, metric.metric));
    copies.push_back({std::move(metric), count});
  }
  return copies;
}

absl::StatusOr<std::vector<CheckpointCopy>> ReadCheckpointCopies(Database* database, int64_t job) {
  ASSIGN_OR_RETURN(std::vector<v1::Checkpoint> checkpoints,
                   EventStore(database).ListCheckpoints(job));
  std::vector<CheckpointCopy> copies;
  for (v1::Checkpoint& checkpoint : checkpoints) {
    ASSIGN_OR_RETURN(int64_t attempt, database->QueryInt(1,
                                                         "SELECT attempt FROM checkpoints "
                                                         "WHERE job = ? AND name = ?",
                                                         job, checkpoint.name()));
    copies.push_back({std::move(checkpoint), attempt});
  }
  return copies;
}

absl::Status InsertChanges(Database* database, int64_t id, const JobCopy& copy) {
  for (const v1::Change& change : copy.record.job.changes()) {
    std::optional<int64_t> step;
    if (change.has_step()) step = change.step();
    // Only the newest one's config is ever read; the others' need not travel.
    RETURN_IF_ERROR(database->Run(
        "INSERT INTO changes(job, id, field, before, value, step, resolved, created_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        id, change.id(), change.field(), change.before(), change.value(), step, copy.texts.current,
        ToMillis(change.create_time())));
  }
  return absl::OkStatus();
}

absl::Status InsertRow(Database* database, int64_t id, const JobCopy& copy,
                       std::string_view group) {
  const v1::Job& job = copy.record.job;
  std::optional<int64_t> parent_job, parent_step;
  if (job.has_parent()) {
    parent_job = job.parent().job_id();
    parent_step = job.parent().step();
  }
  ASSIGN_OR_RETURN(int64_t position,
                   database->QueryInt(0, "SELECT coalesce(max(position), 0) FROM jobs"));
  RETURN_IF_ERROR(database->Run(
      "INSERT INTO jobs(id, name, type, state, priority, position, group_name, member, seed, "
      "attempt, created_ms, started_ms, ended_ms, parent_job, parent_step, error_reason, "
      "error_message, note, last_sequence) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, job.name(), job.type(), static_cast<int64_t>(job.state()), job.priority(), position + 1,
      group, job.member(), job.seed(), job.attempt(), ToMillis(job.create_time()),
      MillisOf(job.has_start_time(), job.start_time()),
      MillisOf(job.has_end_time(), job.end_time()), parent_job, parent_step, job.error().reason(),
      job.error().message(), job.note(), job.last_sequence()));
  JobStore jobs(database);
  RETURN_IF_ERROR(jobs.InsertTexts(id, copy.texts.submitted, copy.texts.resolved));
  RETURN_IF_ERROR(jobs.SetProgress(id, job.progress()));
  RETURN_IF_ERROR(jobs.SetEnding(id, job.ending()));
  RETURN_IF_ERROR(InsertChanges(database, id, copy));
  JobChange change;  // what the columns hold in a form of their own
  change.tags.emplace(job.tags().begin(), job.tags().end());
  return jobs.Update(id, change, 0);
}

// Runs of one attempt as sealed chunks.
absl::Status InsertPoints(Database* database, int64_t id, int64_t metric,
                          const std::vector<PointCopy>& points) {
  for (auto from = points.begin(); from != points.end();) {
    std::vector<StoredPoint> chunk;
    auto at = from;
    for (; at != points.end() && at->attempt == from->attempt &&
           chunk.size() < static_cast<size_t>(kChunkPoints);
         ++at) {
      chunk.push_back(at->point);
    }
    RETURN_IF_ERROR(
        MetricStore(database).InsertSealed(id, metric, from->attempt, (at - 1)->time_ms, chunk));
    from = at;
  }
  return absl::OkStatus();
}

// Whole chunks as long as there are points: a source may give pieces of any length.
absl::Status InsertSeries(Database* database, int64_t id, int64_t metric,
                          const JobCopySource& source) {
  std::vector<PointCopy> held;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<PointCopy> piece, source.points(metric));
    if (piece.empty()) return InsertPoints(database, id, metric, held);
    held.insert(held.end(), piece.begin(), piece.end());
    auto whole = static_cast<ptrdiff_t>(held.size() / kChunkPoints * kChunkPoints);
    std::vector<PointCopy> rest(held.begin() + whole, held.end());
    held.resize(static_cast<size_t>(whole));
    RETURN_IF_ERROR(InsertPoints(database, id, metric, held));
    held = std::move(rest);
  }
}

}  // namespace

absl::StatusOr<JobCopy> ReadJobCopy(Database* database, int64_t job) {
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(database, false));
  JobStore jobs(database);
  JobCopy copy;
  ASSIGN_OR_RETURN(copy.record, jobs.Get(job));
  ASSIGN_OR_RETURN(copy.texts, jobs.GetTexts(job));
  ASSIGN_OR_RETURN(std::vector<v1::Change> changes, ChangeStore(database).List(job));
  copy.record.job.mutable_changes()->Add(changes.begin(), changes.end());
  ASSIGN_OR_RETURN(copy.attempts, ReadAttempts(database, job));
  ASSIGN_OR_RETURN(copy.metrics, ReadMetricCopies(database, job));
  ASSIGN_OR_RETURN(copy.checkpoints, ReadCheckpointCopies(database, job));
  return copy;
}

absl::StatusOr<std::vector<PointCopy>> ReadPointCopies(Database* database, int64_t job,
                                                       int64_t metric, int64_t after,
                                                       int64_t through) {
  Statement rows = database->Query(
      "SELECT attempt, time_ms, points FROM chunks WHERE job = ? AND metric = ? "
      "AND last_sequence > ? ORDER BY last_sequence LIMIT ?",
      job, metric, after, kChunksAtOnce);
  std::vector<PointCopy> points;
  std::vector<StoredPoint> decoded;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return points;
    decoded.clear();
    RETURN_IF_ERROR(DecodePoints(rows.Blob(2), &decoded));
    for (const StoredPoint& point : decoded) {
      // Open rows may have been folded since the stretch before.
      if (point.sequence <= after || point.sequence > through) continue;
      points.push_back({point, rows.Int(0), rows.Int(1)});
    }
  }
}

absl::StatusOr<std::vector<EventCopy>> ReadEventCopies(Database* database, int64_t job,
                                                       int64_t after, int64_t through,
                                                       int64_t limit) {
  Statement rows = database->Query(
      "SELECT sequence, attempt, number, kind, time_ms, data FROM events "
      "WHERE job = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
      job, after, through, limit);
  std::vector<EventCopy> events;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return events;
    EventCopy& copy = events.emplace_back();
    copy.attempt = rows.Int(1);
    if (!rows.IsNull(2)) copy.number = rows.Int(2);
    ASSIGN_OR_RETURN(copy.event, ParseEvent(rows.Text(3), rows.Blob(5)));
    copy.event.set_sequence(rows.Int(0));
    *copy.event.mutable_time() = ToTimestamp(rows.Int(4));
  }
}

absl::Status SkipJobIdsThrough(Database* database, int64_t id) {
  // AUTOINCREMENT's counter has a row only once a job was inserted.
  ASSIGN_OR_RETURN(int64_t last,
                   database->QueryInt(0, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'"));
  if (last >= id) return absl::OkStatus();
  RETURN_IF_ERROR(database->Run("DELETE FROM sqlite_sequence WHERE name = 'jobs'"));
  return database->Run("INSERT INTO sqlite_sequence(name, seq) VALUES ('jobs', ?)", id);
}

absl::StatusOr<std::vector<int64_t>> ReserveJobIds(Database* database, int64_t count) {
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < count; ++i) {
    RETURN_IF_ERROR(database->Run(
        "INSERT INTO jobs(name, type, state, position, seed, created_ms) VALUES ('', '', 0, 0, 0, "
        "0)"));
    ids.push_back(database->LastInsertId());
    // The counter of AUTOINCREMENT keeps what it has given.
    RETURN_IF_ERROR(database->Run("DELETE FROM jobs WHERE id = ?", ids.back()));
  }
  return ids;
}

absl::Status InsertJobCopy(Database* database, int64_t id, const JobCopy& copy,
                           std::string_view group, const v1::Origin& origin,
                           const JobCopySource& source) {
  RETURN_IF_ERROR(InsertRow(database, id, copy, group));
  for (const AttemptCopy& one : copy.attempts) {
    RETURN_IF_ERROR(database->Run("INSERT INTO attempts VALUES (?, ?, ?, ?, ?)", id, one.attempt,
                                  one.resumed_step, one.last_number, one.resumed_sequence));
  }
  for (const MetricCopy& one : copy.metrics) {
    const MetricInfo& metric = one.metric;
    RETURN_IF_ERROR(database->Run("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", id, metric.metric,
                                  metric.name, metric.unit, metric.goal));
    RETURN_IF_ERROR(InsertSeries(database, id, metric.metric, source));
  }
  EventStore events(database);
  while (true) {
    ASSIGN_OR_RETURN(std::vector<EventCopy> piece, source.events());
    if (piece.empty()) break;
    for (const EventCopy& one : piece) {
      RETURN_IF_ERROR(events.Append(id, one.attempt, one.number, one.event));
    }
  }
  for (const CheckpointCopy& one : copy.checkpoints) {
    const v1::Checkpoint& checkpoint = one.checkpoint;
    RETURN_IF_ERROR(database->Run("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                                  id, checkpoint.name(), checkpoint.step(), one.attempt,
                                  checkpoint.kind(), checkpoint.size_bytes(), checkpoint.sha256(),
                                  ToMillis(checkpoint.create_time())));
  }
  ASSIGN_OR_RETURN(Cuts cuts, ReadCuts(database, id));
  RETURN_IF_ERROR(MetricStore(database).Summarise(id, cuts));
  return database->Run("INSERT INTO origins VALUES (?, ?, ?, ?, ?)", id, origin.job_id(),
                       origin.host(), ToMillis(origin.export_time()),
                       ToMillis(origin.import_time()));
}

absl::StatusOr<std::map<int64_t, v1::Origin>> ReadOrigins(Database* database,
                                                          std::optional<int64_t> only) {
  Statement rows = database->Query(
      "SELECT job, source_job, host, exported_ms, imported_ms FROM origins "
      "WHERE ? IS NULL OR job = ?",
      only, only);
  std::map<int64_t, v1::Origin> origins;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return origins;
    v1::Origin& origin = origins[rows.Int(0)];
    origin.set_job_id(rows.Int(1));
    origin.set_host(rows.Text(2));
    *origin.mutable_export_time() = ToTimestamp(rows.Int(3));
    *origin.mutable_import_time() = ToTimestamp(rows.Int(4));
  }
}

}  // namespace lab
