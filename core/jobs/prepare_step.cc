#include "core/jobs/prepare_step.h"

#include <utility>

#include "core/base/strings.h"

namespace lab {
namespace {

// Reports at most every so often: callbacks come by the megabyte.
class PrepareProgress {
 public:
  PrepareProgress(JobContext& job, ProgressRecord so_far) : job_(job), record_(std::move(so_far)) {}

  bool operator()(std::string_view phase, int64_t done, int64_t total) {
    const int percent = total > 0 ? static_cast<int>(100 * done / total) : 0;
    if (phase != phase_ || percent != percent_) {
      phase_ = phase;
      percent_ = percent;
      record_.phase = total > 0 ? StrCat(phase, " ", percent, " %") : std::string(phase);
      job_.sink.Progress(record_);
    }
    return !job_.control.stopping();
  }

 private:
  JobContext& job_;
  ProgressRecord record_;
  std::string phase_;
  int percent_ = -1;
};

}  // namespace

Resolution ResolveData(const DataConfig& config, int64_t context) {
  Resolution resolution;
  absl::StatusOr<std::vector<std::string>> notes = CheckData(config, context);
  if (notes.ok()) {
    for (const std::string& note : *notes) {
      resolution.warnings.push_back(
          {.field = "data.corpus", .message = note, .reason = "CORPUS_CHANGED"});
    }
  } else {
    const absl::Status& status = notes.status();
    const bool tokenizer = ReasonOf(status) == reason::kTokenizerInvalid;
    resolution.errors.push_back({.field = tokenizer ? "data.tokenizer" : "data.corpus",
                                 .message = std::string(MessageOf(status)),
                                 .reason = ReasonOf(status)});
  }
  return resolution;
}

absl::StatusOr<std::optional<PreparedData>> PrepareStep(const DataConfig& config, int64_t context,
                                                        JobContext& job, ProgressRecord so_far) {
  PrepareProgress progress(job, std::move(so_far));
  auto data = PrepareData(config, job.cache, context, std::ref(progress));
  if (!data.ok() && absl::IsCancelled(data.status()) && job.control.stopping()) {
    return std::optional<PreparedData>();
  }
  if (!data.ok()) return data.status();
  for (const std::string& note : data->notes) job.sink.Log(note);
  return std::optional<PreparedData>(*std::move(data));
}

}  // namespace lab
