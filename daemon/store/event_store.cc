#include "daemon/store/event_store.h"

#include <algorithm>
#include <utility>

#include "core/base/strings.h"
#include "daemon/store/chunk.h"
#include "daemon/store/event_packer.h"
#include "daemon/store/metric_store.h"

namespace lab {
namespace {

int64_t StepOf(const v1::WatchEvent& event) {
  if (event.has_sample()) return event.sample().step();
  if (event.has_checkpoint()) return event.checkpoint().step();
  if (event.has_mark()) return event.mark().step();
  return 0;
}

std::string DataOf(const v1::WatchEvent& event) {
  if (event.has_state()) return event.state().SerializeAsString();
  if (event.has_sample()) return event.sample().SerializeAsString();
  if (event.has_checkpoint()) return event.checkpoint().SerializeAsString();
  return event.mark().SerializeAsString();
}

absl::Status ParseData(std::string_view kind, std::string_view data, v1::WatchEvent* event) {
  const int size = static_cast<int>(data.size());
  bool good = false;
  if (kind == "state") good = event->mutable_state()->ParseFromArray(data.data(), size);
  if (kind == "sample") good = event->mutable_sample()->ParseFromArray(data.data(), size);
  if (kind == "checkpoint") good = event->mutable_checkpoint()->ParseFromArray(data.data(), size);
  if (kind == "mark") good = event->mutable_mark()->ParseFromArray(data.data(), size);
  if (good) return absl::OkStatus();
  return Failure(absl::StatusCode::kDataLoss, kDatabaseDamaged,
                 StrCat("the database is damaged: an event of kind ", kind, " cannot be read"));
}

// An event or a point on its way into the history, with what it takes to order it.
struct HistoryPoint {
  StoredPoint point;
  const MetricInfo* metric;
  int64_t time_ms;
};

absl::StatusOr<std::vector<HistoryPoint>> PointsBetween(Database* database, int64_t job,
                                                        const std::vector<MetricInfo>& metrics,
                                                        int64_t after, int64_t through) {
  Statement rows = database->Query(
      "SELECT metric, time_ms, points FROM chunks INDEXED BY chunks_by_sequence "
      "WHERE job = ? AND last_sequence > ? AND first_sequence <= ?",
      job, after, through);
  std::vector<HistoryPoint> points;
  std::vector<StoredPoint> decoded;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) break;
    auto metric = static_cast<size_t>(rows.Int(0));
    if (metric < 1 || metric > metrics.size()) continue;
    decoded.clear();
    RETURN_IF_ERROR(DecodePoints(rows.Blob(2), &decoded));
    for (const StoredPoint& point : decoded) {
      bool inside = point.sequence > after && point.sequence <= through;
      if (inside) points.push_back({point, &metrics[metric - 1], rows.Int(1)});
    }
  }
  std::sort(points.begin(), points.end(), [](const HistoryPoint& a, const HistoryPoint& b) {
    return a.point.sequence < b.point.sequence;
  });
  return points;
}

bool Asked(const std::vector<std::string>& kinds, std::string_view kind) {
  return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Looks at no more than `limit` events and moves `*through` back to the last one if there are more.
absl::StatusOr<std::vector<v1::WatchEvent>> EventsBetween(Database* database, int64_t job,
                                                          const std::vector<std::string>& kinds,
                                                          int64_t after, int64_t limit,
                                                          int64_t* through) {
  Statement rows = database->Query(
      "SELECT sequence, time_ms, kind, data FROM events "
      "WHERE job = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
      job, after, *through, limit);
  std::vector<v1::WatchEvent> events;
  int64_t seen = 0;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return events;
    if (++seen == limit) *through = rows.Int(0);
    std::string kind = rows.Text(2);
    if (!Asked(kinds, kind)) continue;
    v1::WatchEvent& event = events.emplace_back();
    event.set_sequence(rows.Int(0));
    *event.mutable_time() = ToTimestamp(rows.Int(1));
    RETURN_IF_ERROR(ParseData(kind, rows.Blob(3), &event));
  }
}

}  // namespace

v1::Checkpoint CheckpointOf(const Statement& row) {
  v1::Checkpoint checkpoint;
  checkpoint.set_name(row.Text(0));
  checkpoint.set_step(row.Int(1));
  checkpoint.set_kind(row.Text(2));
  checkpoint.set_size_bytes(row.Int(3));
  checkpoint.set_sha256(row.Text(4));
  *checkpoint.mutable_create_time() = ToTimestamp(row.Int(5));
  return checkpoint;
}

absl::StatusOr<v1::WatchEvent> ParseEvent(std::string_view kind, std::string_view data) {
  v1::WatchEvent event;
  RETURN_IF_ERROR(ParseData(kind, data, &event));
  return event;
}

std::string_view EventKind(const v1::WatchEvent& event) {
  switch (event.kind_case()) {
    case v1::WatchEvent::kState:
      return "state";
    case v1::WatchEvent::kProgress:
      return "progress";
    case v1::WatchEvent::kMetrics:
      return "metric";
    case v1::WatchEvent::kSample:
      return "sample";
    case v1::WatchEvent::kCheckpoint:
      return "checkpoint";
    case v1::WatchEvent::kMark:
      return "mark";
    case v1::WatchEvent::kLog:
      return "log";
    case v1::WatchEvent::KIND_NOT_SET:
      break;
  }
  return "";
}

absl::Status EventStore::Append(int64_t job, int64_t attempt, std::optional<int64_t> number,
                                const v1::WatchEvent& event) {
  Statement insert =
      database_->Query("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", job, event.sequence(),
                       attempt, number, EventKind(event), StepOf(event), ToMillis(event.time()));
  return insert.BindBlob(DataOf(event)).Run();
}

absl::Status EventStore::RecordCheckpoint(int64_t job, int64_t attempt,
                                          const RecordedCheckpoint& record) {
  const v1::Checkpoint& checkpoint = record.checkpoint;
  if (checkpoint.kind() == "full") {
    ASSIGN_OR_RETURN(std::optional<v1::Checkpoint> newest, NewestFullCheckpoint(job));
    if (!newest || newest->step() < checkpoint.step()) {
      RETURN_IF_ERROR(database_->Run("UPDATE jobs SET crashes = 0 WHERE id = ?", job));
    }
  }
  RETURN_IF_ERROR(database_->Run(
      "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", job,
      checkpoint.name(), checkpoint.step(), attempt, checkpoint.kind(), checkpoint.size_bytes(),
      checkpoint.sha256(), ToMillis(checkpoint.create_time()), record.trainer_sha256));
  for (const std::string& name : record.removed) {
    RETURN_IF_ERROR(
        database_->Run("DELETE FROM checkpoints WHERE job = ? AND name = ?", job, name));
  }
  for (const auto& [name, size_bytes] : record.reduced) {
    RETURN_IF_ERROR(database_->Run(
        "UPDATE checkpoints SET kind = 'weights', size_bytes = ? WHERE job = ? AND name = ?",
        size_bytes, job, name));
  }
  return absl::OkStatus();
}

absl::Status EventStore::DropCheckpoint(int64_t job, std::string_view name) {
  Statement dropped = database_->Query(
      "DELETE FROM checkpoints WHERE job = ? AND name = ? RETURNING step", job, name);
  ASSIGN_OR_RETURN(bool row, dropped.Step());
  if (!row) return absl::NotFoundError(StrCat("job ", job, " has no checkpoint ", name));
  return dropped.Run();
}

absl::StatusOr<Moment> EventStore::Newest(int64_t job, const Cuts& cuts) {
  Statement rows = database_->Query(
      "SELECT attempt, max(step), max(sequence) FROM events "
      "WHERE job = ? AND kind IN ('sample', 'mark') AND number IS NOT NULL GROUP BY attempt",
      job);
  Moment newest;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return newest;
    newest = std::max(newest, std::min(Moment{rows.Int(1), rows.Int(2)}, cuts.Of(rows.Int(0))));
  }
}

absl::StatusOr<std::vector<v1::Sample>> EventStore::ListSamples(int64_t job) {
  ASSIGN_OR_RETURN(Cuts cuts, ReadCuts(database_, job));
  Statement rows = database_->Query(
      "SELECT attempt, step, data, sequence FROM events WHERE job = ? AND kind = 'sample' "
      "ORDER BY step, sequence",
      job);
  std::vector<v1::Sample> samples;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return samples;
    if (!cuts.Visible(rows.Int(0), {rows.Int(1), rows.Int(3)})) continue;
    v1::WatchEvent event;
    RETURN_IF_ERROR(ParseData("sample", rows.Blob(2), &event));
    samples.push_back(std::move(*event.mutable_sample()));
  }
}

absl::StatusOr<bool> EventStore::KnowsTrainer(int64_t job, std::string_view name,
                                              std::string_view trainer_sha256) {
  Statement found = database_->Query(
      "SELECT 1 FROM checkpoints WHERE job = ? AND name = ? AND kind = 'full' "
      "AND (trainer_sha256 IS NULL OR trainer_sha256 = ?)",
      job, name, trainer_sha256);
  return found.Step();
}

absl::StatusOr<std::vector<v1::Checkpoint>> EventStore::ListCheckpoints(int64_t job) {
  Statement rows = database_->Query(
      "SELECT name, step, kind, size_bytes, sha256, created_ms FROM checkpoints WHERE job = ? "
      "ORDER BY step",
      job);
  std::vector<v1::Checkpoint> checkpoints;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return checkpoints;
    checkpoints.push_back(CheckpointOf(rows));
  }
}

absl::StatusOr<std::optional<v1::Checkpoint>> EventStore::NewestFullCheckpoint(int64_t job) {
  ASSIGN_OR_RETURN(Cuts cuts, ReadCuts(database_, job));
  Statement rows = database_->Query(
      "SELECT name, step, kind, size_bytes, sha256, created_ms, attempt FROM checkpoints "
      "WHERE job = ? AND kind = 'full' ORDER BY step DESC",
      job);
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return std::nullopt;
    // One that was rewound behind is no state of this run any more; the one rewound to is.
    if (rows.Int(1) <= cuts.Of(rows.Int(6)).step) return CheckpointOf(rows);
  }
}

absl::StatusOr<History> EventStore::ReadAfter(int64_t job, int64_t after,
                                              const std::vector<std::string>& kinds,
                                              int64_t limit) {
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(database_, false));
  ASSIGN_OR_RETURN(int64_t last,
                   database_->QueryInt(-1, "SELECT last_sequence FROM jobs WHERE id = ?", job));
  if (last < 0) return absl::NotFoundError(StrCat("there is no job ", job));
  History history;
  if (after >= last) {
    history.through = after;
    history.at_end = true;
    return history;
  }
  const bool with_points = Asked(kinds, "metric");
  // Sequences have no holes, so with points a stretch of `limit` sequences holds at most as many.
  int64_t through = with_points && last - after > limit ? after + limit : last;
  ASSIGN_OR_RETURN(std::vector<v1::WatchEvent> events,
                   EventsBetween(database_, job, kinds, after, limit, &through));
  std::vector<MetricInfo> metrics;
  std::vector<HistoryPoint> points;
  if (with_points) {
    ASSIGN_OR_RETURN(metrics, MetricStore(database_).Metrics(job));
    ASSIGN_OR_RETURN(points, PointsBetween(database_, job, metrics, after, through));
  }
  EventPacker packer;
  auto next = points.begin();
  auto add_points_before = [&](int64_t sequence) {
    for (; next != points.end() && next->point.sequence < sequence; ++next) {
      packer.AddPoint(next->metric->metric, next->metric->name, next->point, next->time_ms);
    }
  };
  for (v1::WatchEvent& event : events) {
    add_points_before(event.sequence());
    packer.AddEvent(std::move(event));
  }
  add_points_before(through + 1);
  history.events = packer.Take();
  history.through = through;
  history.at_end = through == last;
  return history;
}

}  // namespace lab
