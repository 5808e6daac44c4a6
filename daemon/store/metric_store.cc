#include "daemon/store/metric_store.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace lab {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// SQLite stores NaN as NULL.
std::optional<double> OrNull(double value) {
  return std::isnan(value) ? std::nullopt : std::optional<double>(value);
}

bool Better(const std::string& goal, double value, double than) {
  return goal == "min" ? value < than : value > than;
}

}  // namespace

struct MetricStore::Summary {
  int64_t open_points = 0;
  double last = kNan;
  int64_t last_step = -1;  // -1: no visible point
  std::optional<double> best;
  std::optional<int64_t> best_step;

  // Takes in a later run.
  void Add(const std::string& goal, const Extremes& run) {
    last = run.last.value;
    last_step = run.last.step;
    if (goal == "none") return;
    const StoredPoint& candidate = goal == "min" ? run.smallest : run.greatest;
    if (candidate.sequence == 0) return;
    if (!best || Better(goal, candidate.value, *best)) {
      best = candidate.value;
      best_step = candidate.step;
    }
  }
};

absl::Status MetricStore::Declare(int64_t job, int64_t attempt,
                                  const std::vector<DeclaredMetric>& metrics) {
  for (const DeclaredMetric& declared : metrics) {
    ASSIGN_OR_RETURN(int64_t known,
                     database_->QueryInt(0, "SELECT metric FROM metrics WHERE job = ? AND name = ?",
                                         job, declared.name));
    int64_t metric = known;
    if (known == 0) {
      ASSIGN_OR_RETURN(int64_t newest,
                       database_->QueryInt(
                           0, "SELECT coalesce(max(metric), 0) FROM metrics WHERE job = ?", job));
      metric = newest + 1;
      RETURN_IF_ERROR(database_->Run("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", job, metric,
                                     declared.name, declared.unit, declared.goal));
    } else {
      RETURN_IF_ERROR(
          database_->Run("UPDATE metrics SET unit = ?, goal = ? WHERE job = ? AND metric = ?",
                         declared.unit, declared.goal, job, metric));
    }
    RETURN_IF_ERROR(database_->Run("INSERT OR REPLACE INTO declared VALUES (?, ?, ?, ?)", job,
                                   attempt, int64_t{declared.index}, metric));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<uint32_t, MetricInfo>> MetricStore::DeclaredBy(int64_t job,
                                                                       int64_t attempt) {
  Statement rows = database_->Query(
      "SELECT d.worker_index, m.metric, m.name, m.unit, m.goal FROM declared d "
      "JOIN metrics m ON m.job = d.job AND m.metric = d.metric WHERE d.job = ? AND d.attempt = ?",
      job, attempt);
  std::map<uint32_t, MetricInfo> declared;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return declared;
    declared[static_cast<uint32_t>(rows.Int(0))] = {rows.Int(1), rows.Text(2), rows.Text(3),
                                                    rows.Text(4)};
  }
}

absl::StatusOr<std::vector<MetricInfo>> MetricStore::Metrics(int64_t job) {
  Statement rows = database_->Query(
      "SELECT metric, name, unit, goal FROM metrics WHERE job = ? ORDER BY metric", job);
  std::vector<MetricInfo> metrics;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return metrics;
    metrics.push_back({rows.Int(0), rows.Text(1), rows.Text(2), rows.Text(3)});
  }
}

absl::StatusOr<MetricStore::Summary> MetricStore::ReadSummary(int64_t job, int64_t metric) {
  Statement row = database_->Query(
      "SELECT open_points, last, last_step, best, best_step FROM summaries "
      "WHERE job = ? AND metric = ?",
      job, metric);
  ASSIGN_OR_RETURN(bool found, row.Step());
  Summary summary;
  if (!found) return summary;
  summary.open_points = row.Int(0);
  summary.last = row.IsNull(1) ? kNan : row.Double(1);
  summary.last_step = row.Int(2);
  if (!row.IsNull(3)) summary.best = row.Double(3);
  if (!row.IsNull(4)) summary.best_step = row.Int(4);
  return summary;
}

absl::Status MetricStore::WriteSummary(int64_t job, int64_t metric, const Summary& summary) {
  return database_->Run("INSERT OR REPLACE INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?)", job,
                        metric, summary.open_points, OrNull(summary.last), summary.last_step,
                        summary.best, summary.best_step);
}

absl::Status MetricStore::InsertChunk(int64_t job, int64_t metric, int64_t attempt, int64_t time_ms,
                                      bool open, const std::vector<StoredPoint>& points) {
  auto by_step = [](const auto& a, const auto& b) { return a.step < b.step; };
  auto [least, greatest] = std::minmax_element(points.begin(), points.end(), by_step);
  Statement insert = database_->Query(
      "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", job, metric, attempt,
      points.front().sequence, points.back().sequence, static_cast<int64_t>(points.size()),
      least->step, greatest->step, int64_t{open}, time_ms);
  insert.BindBlob(EncodeExtremes(ExtremesOf(points))).BindBlob(EncodePoints(points));
  return insert.Run();
}

absl::Status MetricStore::RemoveOpen(int64_t job, int64_t metric, std::vector<StoredPoint>* points,
                                     int64_t* attempt, int64_t* time_ms) {
  {
    Statement rows = database_->Query(
        "SELECT attempt, time_ms, points FROM chunks WHERE job = ? AND metric = ? AND open = 1 "
        "ORDER BY last_sequence",
        job, metric);
    while (true) {
      ASSIGN_OR_RETURN(bool row, rows.Step());
      if (!row) break;
      *attempt = rows.Int(0);
      *time_ms = rows.Int(1);
      RETURN_IF_ERROR(DecodePoints(rows.Blob(2), points));
    }
  }
  return database_->Run("DELETE FROM chunks WHERE job = ? AND metric = ? AND open = 1", job,
                        metric);
}

absl::Status MetricStore::Append(int64_t job, const MetricInfo& metric, int64_t attempt,
                                 int64_t time_ms, const std::vector<StoredPoint>& points) {
  if (points.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Summary summary, ReadSummary(job, metric.metric));
  summary.Add(metric.goal, ExtremesOf(points));
  int64_t together = summary.open_points + static_cast<int64_t>(points.size());
  if (together < kChunkPoints) {
    summary.open_points = together;
    RETURN_IF_ERROR(InsertChunk(job, metric.metric, attempt, time_ms, true, points));
    return WriteSummary(job, metric.metric, summary);
  }
  std::vector<StoredPoint> all;
  int64_t unused_attempt = 0;
  int64_t unused_time = 0;
  if (summary.open_points > 0) {
    RETURN_IF_ERROR(RemoveOpen(job, metric.metric, &all, &unused_attempt, &unused_time));
  }
  all.insert(all.end(), points.begin(), points.end());
  auto from = all.begin();
  for (; all.end() - from >= kChunkPoints; from += kChunkPoints) {
    RETURN_IF_ERROR(InsertChunk(job, metric.metric, attempt, time_ms, false,
                                std::vector<StoredPoint>(from, from + kChunkPoints)));
  }
  summary.open_points = all.end() - from;
  if (summary.open_points > 0) {
    RETURN_IF_ERROR(InsertChunk(job, metric.metric, attempt, time_ms, true,
                                std::vector<StoredPoint>(from, all.end())));
  }
  return WriteSummary(job, metric.metric, summary);
}

absl::Status MetricStore::InsertSealed(int64_t job, int64_t metric, int64_t attempt,
                                       int64_t time_ms, const std::vector<StoredPoint>& points) {
  return InsertChunk(job, metric, attempt, time_ms, false, points);
}

absl::Status MetricStore::SealAll(int64_t job) {
  ASSIGN_OR_RETURN(std::vector<MetricInfo> metrics, Metrics(job));
  for (const MetricInfo& metric : metrics) {
    std::vector<StoredPoint> points;
    int64_t attempt = 0;
    int64_t time_ms = 0;
    RETURN_IF_ERROR(RemoveOpen(job, metric.metric, &points, &attempt, &time_ms));
    if (points.empty()) continue;
    RETURN_IF_ERROR(InsertChunk(job, metric.metric, attempt, time_ms, false, points));
    RETURN_IF_ERROR(database_->Run(
        "UPDATE summaries SET open_points = 0 WHERE job = ? AND metric = ?", job, metric.metric));
  }
  return absl::OkStatus();
}

absl::Status MetricStore::Summarise(int64_t job, const Cuts& cuts) {
  ASSIGN_OR_RETURN(std::vector<MetricInfo> metrics, Metrics(job));
  for (const MetricInfo& metric : metrics) {
    ASSIGN_OR_RETURN(Summary before, ReadSummary(job, metric.metric));
    Summary summary;
    summary.open_points = before.open_points;
    Statement rows = database_->Query(
        "SELECT attempt, min_step, first_sequence, max_step, last_sequence, extremes, points "
        "FROM chunks WHERE job = ? AND metric = ? ORDER BY last_sequence",
        job, metric.metric);
    while (true) {
      ASSIGN_OR_RETURN(bool row, rows.Step());
      if (!row) break;
      const Moment cut = cuts.Of(rows.Int(0));
      if (Moment{rows.Int(1), rows.Int(2)} > cut) continue;
      if (Moment{rows.Int(3), rows.Int(4)} <= cut) {
        ASSIGN_OR_RETURN(Extremes run, DecodeExtremes(rows.Blob(5)));
        summary.Add(metric.goal, run);
        continue;
      }
      std::vector<StoredPoint> points;
      RETURN_IF_ERROR(DecodePoints(rows.Blob(6), &points));
      std::erase_if(points, [&](const StoredPoint& point) {
        return Moment{point.step, point.sequence} > cut;
      });
      if (!points.empty()) summary.Add(metric.goal, ExtremesOf(points));
    }
    RETURN_IF_ERROR(WriteSummary(job, metric.metric, summary));
  }
  return absl::OkStatus();
}

absl::StatusOr<Moment> MetricStore::Newest(int64_t job, const Cuts& cuts) {
  Moment newest;
  Statement rows = database_->Query(
      "SELECT attempt, max(max_step), max(last_sequence) FROM chunks WHERE job = ? "
      "GROUP BY attempt",
      job);
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return newest;
    newest = std::max(newest, std::min(Moment{rows.Int(1), rows.Int(2)}, cuts.Of(rows.Int(0))));
  }
}

absl::StatusOr<std::vector<v1::MetricSummary>> MetricStore::Summaries(int64_t job) {
  Statement rows = database_->Query(
      "SELECT m.name, s.last, s.last_step, s.best, s.best_step, m.unit, m.goal FROM summaries s "
      "JOIN metrics m ON m.job = s.job AND m.metric = s.metric "
      "WHERE s.job = ? AND s.last_step >= 0 ORDER BY s.metric",
      job);
  std::vector<v1::MetricSummary> summaries;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return summaries;
    v1::MetricSummary& summary = summaries.emplace_back();
    summary.set_metric(rows.Text(0));
    summary.set_last(rows.IsNull(1) ? kNan : rows.Double(1));
    summary.set_step(rows.Int(2));
    if (!rows.IsNull(3)) summary.set_best(rows.Double(3));
    if (!rows.IsNull(4)) summary.set_best_step(rows.Int(4));
    summary.set_unit(rows.Text(5));
    summary.set_goal(rows.Text(6));
  }
}

}  // namespace lab
