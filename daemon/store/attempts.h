#pragma once

// Which attempt of a job reported what, and what of it is still visible after a rewind. Functions
// on a connection, on the thread that has it.

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/status.h"
#include "daemon/store/database.h"

namespace lab {

// What each attempt still shows: steps up to the smallest `resumed_step` of all later attempts.
class Cuts {
 public:
  // Requires: added in ascending order of attempts.
  void AddAttempt(int64_t attempt, int64_t resumed_step);
  int64_t Of(int64_t attempt) const;  // the last visible step; the greatest integer if all are
  bool Visible(int64_t attempt, int64_t step) const { return step <= Of(attempt); }
  int64_t newest_attempt() const { return cuts_.empty() ? 0 : cuts_.rbegin()->first; }

 private:
  std::map<int64_t, int64_t> cuts_;  // attempt → last visible step
};

absl::StatusOr<Cuts> ReadCuts(Database* database, int64_t job);

// The highest worker number taken in; nullopt if the attempt was not begun.
absl::StatusOr<std::optional<int64_t>> ReadLastNumber(Database* database, int64_t job,
                                                      int64_t attempt);
absl::Status WriteLastNumber(Database* database, int64_t job, int64_t attempt, int64_t number);

// Records an attempt; false if it was known already.
absl::StatusOr<bool> InsertAttempt(Database* database, int64_t job, int64_t attempt,
                                   int64_t resumed_step);

}  // namespace lab
