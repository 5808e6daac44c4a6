#pragma once

// Which attempt of a job reported what, and what of it is still visible after a rewind. Functions
// on a connection, on the thread that has it.

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "core/base/status.h"
#include "daemon/store/database.h"

namespace lab {

// A place in a run: a step and, since several things are reported at one, a sequence.
struct Moment {
  int64_t step = -1;
  int64_t sequence = 0;
  friend auto operator<=>(const Moment&, const Moment&) = default;
};

inline constexpr Moment kLastMoment = {std::numeric_limits<int64_t>::max(),
                                       std::numeric_limits<int64_t>::max()};

// What each attempt still shows: everything up to the earliest moment from which a later attempt
// went on. That moment is the checkpoint's record: what was reported at its step afterwards (a
// sample, a validation) is not in it and comes again.
class Cuts {
 public:
  // Requires: added in ascending order of attempts.
  void AddAttempt(int64_t attempt, Moment resumed);
  Moment Of(int64_t attempt) const;  // the last visible moment; kLastMoment if all are visible
  bool Visible(int64_t attempt, Moment moment) const { return moment <= Of(attempt); }
  int64_t newest_attempt() const { return cuts_.empty() ? 0 : cuts_.rbegin()->first; }

 private:
  std::map<int64_t, Moment> cuts_;  // attempt → last visible moment
};

absl::StatusOr<Cuts> ReadCuts(Database* database, int64_t job);
// Of every job that has begun.
absl::StatusOr<std::map<int64_t, Cuts>> ReadAllCuts(Database* database);

// The highest worker number taken in; nullopt if the attempt was not begun.
absl::StatusOr<std::optional<int64_t>> ReadLastNumber(Database* database, int64_t job,
                                                      int64_t attempt);
absl::Status WriteLastNumber(Database* database, int64_t job, int64_t attempt, int64_t number);

// Records an attempt that goes on from the newest record of the checkpoint of `resumed_step` (from
// all of that step if there is no such record); false if it was known already.
absl::StatusOr<bool> InsertAttempt(Database* database, int64_t job, int64_t attempt,
                                   int64_t resumed_step);
// The moment from which the attempt went on. Requires: it was begun.
absl::StatusOr<Moment> ReadResumed(Database* database, int64_t job, int64_t attempt);

}  // namespace lab
