#include "cli/errors.h"

#include "cli/output/terminal.h"
#include "core/base/strings.h"
#include "proto/client/channel.h"
#include "proto/client/lab_client.h"

namespace lab::cli {

const std::vector<ExitMeaning>& ExitMeanings() {
  static const std::vector<ExitMeaning> kMeanings = {
      {kOk, "ok"},
      {kFailed, "failed"},
      {kUsage, "usage or invalid config"},
      {kNotFound, "not found"},
      {kConflict, "conflict"},
      {kJobFailed, "the job failed"},
      {kJobCancelled, "the job was cancelled"},
      {kUnreachable, "labd unreachable"},
      {kTryAgain, "try again"},
      {kNotAllowed, "not allowed"},
      {kTimeout, "timeout"},
      {kInterrupted, "interrupted"},
  };
  return kMeanings;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (IsUnreachable(status)) return kUnreachable;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kUsage;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return kConflict;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return kTryAgain;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kNotAllowed;
    case absl::StatusCode::kDeadlineExceeded:
      return kTimeout;
    case absl::StatusCode::kCancelled:
      return kInterrupted;
    default:
      return kFailed;
  }
}

std::string FieldErrorLine(const v1::FieldError& error) {
  std::string line;
  if (!error.file().empty()) {
    line = error.file();
    if (error.line() > 0) line += StrCat(":", error.line());
    line += ": ";
  } else if (error.line() > 0) {
    line = StrCat("line ", error.line(), ": ");
  }
  if (!error.field().empty()) line += StrCat(error.field(), ": ");
  line += error.message();
  if (!error.reason().empty()) line += StrCat(" (", error.reason(), ")");
  if (!error.suggestion().empty()) line += StrCat("; did you mean ", error.suggestion(), "?");
  return line;
}

std::string ErrorText(const absl::Status& status, bool color) {
  std::optional<v1::CheckReport> report = CheckReportOf(status);
  if (report && report->errors_size() > 0) {
    std::string text;
    for (const v1::FieldError& error : report->errors()) {
      text += StrCat(ForTerminal(FieldErrorLine(error), false), "\n");
    }
    return text;
  }
  return StrCat(Paint("labctl:", Color::kRed, color), " ", ForTerminal(MessageOf(status), true),
                "\n");
}

absl::Status RefusedStatus(const v1::CheckReport& report) {
  const v1::FieldError& first = report.errors(0);
  return WithCheckReport(Failure(absl::StatusCode::kInvalidArgument,
                                 first.reason().empty() ? reason::kConfigInvalid : first.reason(),
                                 FieldErrorLine(first)),
                         report);
}

absl::Status UsageError(std::string_view message) {
  return Failure(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

}  // namespace lab::cli
