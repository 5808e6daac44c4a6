#include "daemon/store/attempts.h"

#include <algorithm>
#include <limits>

namespace lab {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

}  // namespace

void Cuts::AddAttempt(int64_t attempt, int64_t resumed_step) {
  for (auto& [earlier, cut] : cuts_) cut = std::min(cut, resumed_step);
  cuts_[attempt] = kAll;
}

int64_t Cuts::Of(int64_t attempt) const {
  auto found = cuts_.find(attempt);
  return found == cuts_.end() ? kAll : found->second;
}

absl::StatusOr<Cuts> ReadCuts(Database* database, int64_t job) {
  Statement rows = database->Query(
      "SELECT attempt, resumed_step FROM attempts WHERE job = ? ORDER BY attempt", job);
  Cuts cuts;
  while (true) {
    ASSIGN_OR_RETURN(bool row, rows.Step());
    if (!row) return cuts;
    cuts.AddAttempt(rows.Int(0), rows.Int(1));
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
  RETURN_IF_ERROR(database->Run("INSERT INTO attempts(job, attempt, resumed_step) VALUES (?, ?, ?)",
                                job, attempt, resumed_step));
  return true;
}

}  // namespace lab
