#pragma once

// Failures as labctl tells them: exit statuses, and the words or the JSON on stderr.

#include <string>
#include <vector>

#include "core/base/status.h"
#include "lab/v1/config.pb.h"

namespace lab::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kConflict = 4,
  kJobFailed = 5,
  kJobCancelled = 6,
  kUnreachable = 69,
  kTryAgain = 75,
  kNotAllowed = 77,
  kTimeout = 124,
  kInterrupted = 130,
};

// What each of them means, in a few words, in their order.
struct ExitMeaning {
  ExitCode code;
  const char* meaning;
};
const std::vector<ExitMeaning>& ExitMeanings();

ExitCode ExitCodeOf(const absl::Status& status);

// `FILE:LINE: field: what is wrong (REASON); did you mean …?`, without the parts that are empty.
std::string FieldErrorLine(const v1::FieldError& error);

// What a person reads: every field error on its line, else "labctl: message". With newline.
std::string ErrorText(const absl::Status& status, bool color);

// INVALID_ARGUMENT that carries all errors of `report`. Requires: there are some.
absl::Status RefusedStatus(const v1::CheckReport& report);

// A failure of the command line itself.
absl::Status UsageError(std::string_view message);

}  // namespace lab::cli
