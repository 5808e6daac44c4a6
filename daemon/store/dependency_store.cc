#include "daemon/store/dependency_store.h"

#include "core/base/strings.h"

namespace lab {
namespace {

using Standing = v1::Dependency::Standing;

Standing StandingOf(int64_t settled, bool any, v1::Job::State needed) {
  if (settled != 0) return static_cast<Standing>(settled);
  if (!IsEnded(needed)) return v1::Dependency::WAITING;
  return any || needed == v1::Job::SUCCEEDED ? v1::Dependency::MET : v1::Dependency::BROKEN;
}

}  // namespace

// States as in job.proto: 6 succeeded, 7 failed, 8 cancelled.
const std::string_view kHasUnmetDependency =
    "EXISTS (SELECT 1 FROM dependencies d LEFT JOIN jobs n ON n.id = d.needs "
    "WHERE d.job = jobs.id AND NOT (d.settled IN (2, 4) OR (d.settled = 0 AND "
    "coalesce(n.state = 6 OR (d.any_end = 1 AND n.state IN (7, 8)), 0)))) ";
const std::string_view kHasBrokenDependency =
    "EXISTS (SELECT 1 FROM dependencies d LEFT JOIN jobs n ON n.id = d.needs "
    "WHERE d.job = jobs.id AND (d.settled = 3 OR (d.settled = 0 AND d.any_end = 0 AND "
    "coalesce(n.state IN (7, 8), 0)))) ";

std::string IdList(const std::vector<int64_t>& ids) {
  std::string list;
  for (int64_t id : ids) list += StrCat(list.empty() ? "" : ",", id);
  return StrCat("[", list, "]");
}

absl::Status DependencyStore::Insert(int64_t job, const std::vector<NewDependency>& dependencies) {
  for (const NewDependency& one : dependencies) {
    ASSIGN_OR_RETURN(int64_t known,
                     database_->QueryInt(0, "SELECT count(*) FROM jobs WHERE id = ?", one.job));
    if (known == 0 || one.job == job) {
      return absl::NotFoundError(StrCat("there is no job ", one.job, " to wait for"));
    }
  }
  int64_t place = 0;
  for (const NewDependency& one : dependencies) {
    RETURN_IF_ERROR(database_->Run(
        "INSERT INTO dependencies(job, needs, any_end, place) VALUES (?, ?, ?, ?) "
        "ON CONFLICT(job, needs) DO UPDATE SET any_end = min(any_end, excluded.any_end)",
        job, one.job, int64_t{one.any}, ++place));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<int64_t, std::vector<v1::Dependency>>> DependencyStore::Of(
    const std::vector<int64_t>& jobs) {
  std::map<int64_t, std::vector<v1::Dependency>> found;
  if (jobs.empty()) return found;
  Statement rows = database_->Query(
      "SELECT d.job, d.needs, d.any_end, d.settled, coalesce(n.state, 0) "
      "FROM dependencies d LEFT JOIN jobs n ON n.id = d.needs "
      "WHERE d.job IN (SELECT value FROM json_each(?)) ORDER BY d.job, d.place",
      IdList(jobs));
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return found;
    v1::Dependency& one = found[rows.Int(0)].emplace_back();
    one.set_job_id(rows.Int(1));
    one.set_any(rows.Int(2) != 0);
    one.set_state(static_cast<v1::Job::State>(rows.Int(4)));
    one.set_standing(StandingOf(rows.Int(3), one.any(), one.state()));
  }
}

absl::Status DependencyStore::Waive(int64_t job) {
  return database_->Run(
      "UPDATE dependencies SET settled = 4 WHERE job = ? AND (settled = 3 OR (settled = 0 AND "
      "any_end = 0 AND EXISTS (SELECT 1 FROM jobs WHERE id = needs AND state IN (7, 8))))",
      job);
}

absl::Status DependencyStore::Remove(const v1::Job& job) {
  RETURN_IF_ERROR(database_->Run("DELETE FROM dependencies WHERE job = ?", job.id()));
  // Who waited for its end, however, has that now.
  return database_->Run(
      "UPDATE dependencies SET settled = CASE WHEN any_end = 1 OR ? = 6 THEN 2 ELSE 3 END "
      "WHERE needs = ? AND settled = 0",
      static_cast<int64_t>(job.state()), job.id());
}

}  // namespace lab
