#include "daemon/store/change_store.h"

#include "core/base/strings.h"
#include "daemon/store/event_packer.h"

namespace lab {

absl::Status ChangeStore::Add(int64_t job, int64_t after, const std::vector<v1::Change>& changes,
                              std::string_view resolved, int64_t now_ms) {
  ASSIGN_OR_RETURN(
      int64_t newest,
      database_->QueryInt(0, "SELECT coalesce(max(id), 0) FROM changes WHERE job = ?", job));
  if (newest != after) {
    return absl::AbortedError(
        StrCat("job ", job, " was changed by somebody else in the same moment; try again"));
  }
  for (const v1::Change& change : changes) {
    RETURN_IF_ERROR(database_->Run(
        "INSERT INTO changes(job, id, field, before, value, resolved, created_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        job, ++newest, change.field(), change.before(), change.value(), resolved, now_ms));
  }
  return absl::OkStatus();
}

absl::Status ChangeStore::Acted(int64_t job, int64_t id, int64_t step) {
  return database_->Run("UPDATE changes SET step = ? WHERE job = ? AND id = ?", step, job, id);
}

absl::StatusOr<std::vector<v1::Change>> ChangeStore::List(int64_t job) {
  Statement rows = database_->Query(
      "SELECT id, field, before, value, step, created_ms FROM changes WHERE job = ? ORDER BY id",
      job);
  std::vector<v1::Change> changes;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return changes;
    v1::Change& change = changes.emplace_back();
    change.set_id(rows.Int(0));
    change.set_field(rows.Text(1));
    change.set_before(rows.Text(2));
    change.set_value(rows.Text(3));
    if (!rows.IsNull(4)) change.set_step(rows.Int(4));
    *change.mutable_create_time() = ToTimestamp(rows.Int(5));
  }
}

absl::StatusOr<std::string> ChangeStore::Current(int64_t job) {
  Statement found =
      database_->Query("SELECT resolved FROM changes WHERE job = ? ORDER BY id DESC LIMIT 1", job);
  ASSIGN_OR_RETURN(bool row, found.Step());
  return row ? found.Text(0) : std::string();
}

}  // namespace lab
