#pragma once

// The spelling of expected failures: absl::Status with a machine-readable reason beside its code.
// Everything may call this, from any thread.

#include <string>
#include <string_view>
#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace lab {

// Reasons in UPPER_SNAKE that scripts may rely on; they travel with a status to every client.
namespace reason {
inline constexpr std::string_view kConfigInvalid = "CONFIG_INVALID";
inline constexpr std::string_view kCorpusMissing = "CORPUS_MISSING";
inline constexpr std::string_view kCorpusInvalid = "CORPUS_INVALID";
inline constexpr std::string_view kCorpusTooSmall = "CORPUS_TOO_SMALL";
inline constexpr std::string_view kTokenizerInvalid = "TOKENIZER_INVALID";
inline constexpr std::string_view kCheckpointCorrupt = "CHECKPOINT_CORRUPT";
inline constexpr std::string_view kCheckpointMissing = "CHECKPOINT_MISSING";
inline constexpr std::string_view kLossNotFinite = "LOSS_NOT_FINITE";
inline constexpr std::string_view kOutOfMemory = "OUT_OF_MEMORY";
inline constexpr std::string_view kDiskFull = "DISK_FULL";
inline constexpr std::string_view kIoError = "IO_ERROR";
inline constexpr std::string_view kWorkerCrashed = "WORKER_CRASHED";
inline constexpr std::string_view kWorkerSilent = "WORKER_SILENT";
inline constexpr std::string_view kWorkerProtocol = "WORKER_PROTOCOL";
inline constexpr std::string_view kInspectBudget = "INSPECT_BUDGET";
inline constexpr std::string_view kInternal = "INTERNAL";
}  // namespace reason

// A failed status that carries `reason` beside its code and message.
absl::Status Failure(absl::StatusCode code, std::string_view reason, std::string_view message);

// The reason of `status`; a name for its code where none was given; "" when ok.
std::string ReasonOf(const absl::Status& status);

// `status` with "context: " before its message; code and reason stay. Ok stays ok.
absl::Status WithContext(const absl::Status& status, std::string_view context);

// The message as std::string_view (Debian 12's absl has a string_view of its own).
std::string_view MessageOf(const absl::Status& status);

}  // namespace lab

#define LAB_CONCAT_INNER(a, b) a##b
#define LAB_CONCAT(a, b) LAB_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                 \
  do {                                                              \
    if (absl::Status lab_status = (expression); !lab_status.ok()) { \
      return lab_status;                                            \
    }                                                               \
  } while (false)

#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_INNER(LAB_CONCAT(lab_or_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_INNER(holder, target, expression) \
  auto holder = (expression);                              \
  if (!holder.ok()) return std::move(holder).status();     \
  target = *std::move(holder)
