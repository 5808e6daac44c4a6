#include "core/jobs/tokenize_job.h"

#include "core/base/file.h"
#include "core/base/strings.h"
#include "core/data/prepare.h"
#include "core/jobs/prepare_step.h"

namespace lab {

JobInfo TokenizeJob::Info() {
  return {
      "tokenize",
      "Tokenise a corpus",
      "Trains the tokenizer if needed and writes the token files that later jobs share.",
      {{"tokens/train", "tokens", Goal::kNone, "tokens of the training part"},
       {"tokens/validation", "tokens", Goal::kNone, "tokens held back for validation"},
       {"tokens/bytes_per_token", "bytes", Goal::kMax, "text bytes that one token stands for"}}};
}

Resolution TokenizeJob::Resolve(Config& config) { return ResolveData(config.data, 1); }

Forecast TokenizeJob::Cost(const Config&, bool) { return {}; }

absl::StatusOr<Outcome> TokenizeJob::Run(const Config& config, JobContext& context) {
  ASSIGN_OR_RETURN(std::optional<PreparedData> data, PrepareStep(config.data, 1, context));
  if (!data) return StoppedOutcome(context.control.stop());
  RETURN_IF_ERROR(
      WriteFileAtomically(context.folder / "tokenizer.json", data->tokenizer->ToJson()));
  context.sink.Metric("tokens/train", 0, static_cast<double>(data->train.size()));
  context.sink.Metric("tokens/validation", 0, static_cast<double>(data->validation.size()));
  context.sink.Metric("tokens/bytes_per_token", 0, data->bytes_per_token);
  context.sink.Log(StrCat(data->train.size(), " training and ", data->validation.size(),
                          " validation tokens of ", data->tokenizer->vocab_size(),
                          " kinds; tokenizer.json is in the job's folder"));
  return Outcome::kSucceeded;
}

}  // namespace lab
