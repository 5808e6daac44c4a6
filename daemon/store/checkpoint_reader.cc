#include "daemon/store/checkpoint_reader.h"

#include <map>
#include <string>

#include "core/base/strings.h"
#include "daemon/store/attempts.h"
#include "daemon/store/chunk.h"
#include "daemon/store/dependency_store.h"
#include "daemon/store/event_store.h"

namespace lab {
namespace {

// A condition: the column is one of `ids`, or there are none. The first value bound is their list.
std::string Among(std::string_view column, const std::vector<int64_t>& ids) {
  if (ids.empty()) return "?1 = '[]'";
  return StrCat(column, " IN (SELECT value FROM json_each(?1))");
}

absl::StatusOr<std::vector<CheckpointsOfJob>> ReadRecords(Database* database,
                                                          const std::vector<int64_t>& ids) {
  Statement rows = database->Query(
      StrCat("SELECT c.name, c.step, c.kind, c.size_bytes, c.sha256, c.created_ms, c.job, j.state "
             "FROM checkpoints c JOIN jobs j ON j.id = c.job WHERE ",
             Among("c.job", ids), " ORDER BY c.job, c.step"),
      IdList(ids));
  std::vector<CheckpointsOfJob> jobs;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return jobs;
    const int64_t job = rows.Int(6);
    if (jobs.empty() || jobs.back().job != job) {
      jobs.push_back({job, static_cast<v1::Job::State>(rows.Int(7)), {}});
    }
    *jobs.back().checkpoints.emplace_back().mutable_checkpoint() = CheckpointOf(rows);
  }
}

// The newest visible loss of each step, by job. Only of jobs that have checkpoints.
absl::StatusOr<std::map<int64_t, std::map<int64_t, double>>> ReadLosses(
    Database* database, const std::vector<int64_t>& ids) {
  ASSIGN_OR_RETURN(auto cuts, ReadAllCuts(database));
  Statement rows =
      database->Query(StrCat("SELECT s.job, s.attempt, s.points FROM metrics m "
                             "JOIN chunks s ON s.job = m.job AND s.metric = m.metric WHERE ",
                             Among("m.job", ids),
                             " AND m.name = ?2 AND m.job IN (SELECT job FROM checkpoints) "
                             "ORDER BY s.job, s.last_sequence"),
                      IdList(ids), kLossMetric);
  std::map<int64_t, std::map<int64_t, double>> losses;
  std::vector<StoredPoint> points;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return losses;
    points.clear();
    RETURN_IF_ERROR(DecodePoints(rows.Blob(2), &points));
    const Moment cut = cuts[rows.Int(0)].Of(rows.Int(1));
    std::map<int64_t, double>& of_job = losses[rows.Int(0)];
    for (const StoredPoint& point : points) {
      if (Moment{point.step, point.sequence} <= cut) of_job[point.step] = point.value;
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<CheckpointsOfJob>> ReadCheckpoints(Database* database,
                                                              const std::vector<int64_t>& ids) {
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(database, false));
  ASSIGN_OR_RETURN(std::vector<CheckpointsOfJob> jobs, ReadRecords(database, ids));
  ASSIGN_OR_RETURN(auto losses, ReadLosses(database, ids));
  for (CheckpointsOfJob& job : jobs) {
    const std::map<int64_t, double>& of_job = losses[job.job];
    for (v1::MeasuredCheckpoint& one : job.checkpoints) {
      auto measured = of_job.find(one.checkpoint().step());
      if (measured != of_job.end()) one.set_val_loss(measured->second);
    }
  }
  return jobs;
}

}  // namespace lab
