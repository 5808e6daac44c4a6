#include "daemon/store/attempts.h"

#include <algorithm>

namespace lab {
namespace {

// Columns resumed_step and resumed_sequence.
Moment ResumedOf(const Statement& row, int first) {
  // Unknown: all that was reported at the step stays visible.
  const bool known = !row.IsNull(first + 1);
  return {row.Int(first), known ? row.Int(first + 1) : kLastMoment.sequence};
}

}  // namespace

void Cuts::AddAttempt(int64_t attempt, Moment resumed) {
  for (auto& [earlier, cut] : cuts_) cut = std::min(cut, resumed);
  cuts_[attempt] = kLastMoment;
}

Moment Cuts::Of(int64_t attempt) const {
  auto found = cuts_.find(attempt);
  return found == cuts_.end() ? kLastMoment : found->second;
}

absl::StatusOr<Cuts> ReadCuts(Database* database, int64_t job) {
  Statement rows = database->Query(
      "SELECT attempt, resumed_step, resumed_sequence FROM attempts WHERE job = ? "
      "ORDER BY attempt",
      job);
  Cuts cuts;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return cuts;
    cuts.AddAttempt(rows.Int(0), ResumedOf(rows, 1));
  }
}

absl::StatusOr<std::map<int64_t, Cuts>> ReadAllCuts(Database* database) {
  Statement rows = database->Query(
      "SELECT attempt, resumed_step, resumed_sequence, job FROM attempts ORDER BY job, attempt");
  std::map<int64_t, Cuts> cuts;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return cuts;
    cuts[rows.Int(3)].AddAttempt(rows.Int(0), ResumedOf(rows, 1));
  }
}

absl::StatusOr<std::optional<int64_t>> ReadLastNumber(Database* database, int64_t job,
                                                      int64_t attempt) {
  Statement found = database->Query(
      "SELECT last_number FROM attempts WHERE job = ? AND attempt = ?", job, attempt);
  ASSIGN_OR_RETURN(bool row, found.Step());
  return row ? std::optional<int64_t>(found.Int(0)) : std::nullopt;
}

absl::Status WriteLastNumber(Database* database, int64_t job, int64_t attempt, int64_t number) {
  return database->Run("UPDATE attempts SET last_number = ? WHERE job = ? AND attempt = ?", number,
                       job, attempt);
}

absl::StatusOr<bool> InsertAttempt(Database* database, int64_t job, int64_t attempt,
                                   int64_t resumed_step) {
  ASSIGN_OR_RETURN(std::optional<int64_t> known, ReadLastNumber(database, job, attempt));
  if (known) return false;
  RETURN_IF_ERROR(database->Run(
      "INSERT INTO attempts(job, attempt, resumed_step, resumed_sequence) VALUES (?, ?, ?, "
      "(SELECT max(sequence) FROM events WHERE job = ? AND kind = 'checkpoint' AND step = ?))",
      job, attempt, resumed_step, job, resumed_step));
  return true;
}

absl::StatusOr<Moment> ReadResumed(Database* database, int64_t job, int64_t attempt) {
  Statement found = database->Query(
      "SELECT resumed_step, resumed_sequence FROM attempts WHERE job = ? AND attempt = ?", job,
      attempt);
  ASSIGN_OR_RETURN(bool row, found.Step());
  if (!row) return absl::NotFoundError("an attempt that was not begun");
  return ResumedOf(found, 0);
}

}  // namespace lab
