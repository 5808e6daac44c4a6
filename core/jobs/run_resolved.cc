#include "core/jobs/run_resolved.h"

#include "core/base/strings.h"
#include "core/checkpoint/manifest.h"

namespace lab {

absl::StatusOr<Outcome> RunResolved(const RunResolvedArgs& args, EventSink& sink, Control& control,
                                    const std::function<void(const JobInfo&)>& declare) {
  auto header = ParseHeader({.text = args.resolved, .file = "config.yaml"});
  const JobType* type = FindJobType(header.config.type);
  if (!header.ok() || type == nullptr) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                   header.ok() ? StrCat("unknown job type \"", header.config.type, "\"")
                               : ToString(header.errors.front()));
  }
  declare(type->info);
  std::error_code error;
  std::filesystem::create_directories(args.folder, error);
  std::filesystem::create_directories(args.cache, error);
  if (error) {
    return Failure(absl::StatusCode::kInternal, reason::kIoError,
                   StrCat("creating ", args.cache.string(), ": ", error.message()));
  }
  RETURN_IF_ERROR(SweepTemporaries(args.folder / "checkpoints"));
  JobContext context{.sink = sink,
                     .control = control,
                     .folder = args.folder,
                     .cache = args.cache,
                     .resume = args.resume};
  return type->run(args.resolved, context);
}

const char* OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSucceeded:
      return "succeeded";
    case Outcome::kPaused:
      return "paused";
    case Outcome::kCancelled:
      return "cancelled";
    case Outcome::kLeft:
      break;
  }
  return "left";
}

}  // namespace lab
