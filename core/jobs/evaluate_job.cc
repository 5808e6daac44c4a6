#include "core/jobs/evaluate_job.h"

#include <algorithm>
#include <cmath>

#include "core/base/strings.h"
#include "core/checkpoint/checkpoint.h"
#include "core/data/manifest.h"
#include "core/data/prepare.h"
#include "core/jobs/begin.h"
#include "core/jobs/numerics.h"
#include "core/jobs/prepare_step.h"
#include "core/train/evaluate.h"

namespace lab {
namespace {

constexpr int64_t kTokensAtOnce = 4096;  // in one forward

DataConfig TextOf(const EvaluatedTextConfig& text, const std::string& tokenizer) {
  DataConfig data;
  data.corpus = text.corpus;
  data.tokenizer = tokenizer;
  data.filter = text.filter;
  data.validation.fraction = text.fraction;
  if (text.part == "all") data.validation.corpus = text.corpus;
  return data;
}

void LogResults(const PreparedData& data, const Evaluation& evaluation, EventSink& sink) {
  const double loss = evaluation.loss;
  sink.Metric("val/loss", 0, loss);
  if (evaluation.window_losses.size() > 1) {
    sink.Metric("val/loss_error", 0, StandardErrorOfMean(evaluation.window_losses));
  }
  sink.Metric("val/perplexity", 0, std::exp(loss));
  sink.Metric("val/bits_per_byte", 0, loss / std::log(2.0) / data.bytes_per_token);
  sink.Metric("val/windows", 0, static_cast<double>(evaluation.window_losses.size()));
  sink.Metric("val/tokens", 0, static_cast<double>(evaluation.tokens));
  if (data.floor_loss) sink.Metric("floor/loss", 0, *data.floor_loss);
  if (data.floor_val_loss) sink.Metric("floor/val_loss", 0, *data.floor_val_loss);
  for (size_t i = 0; i < data.floor_parts.size(); ++i) {
    const FloorPart& part = data.floor_parts[i];
    const double total = static_cast<double>(evaluation.tokens);
    const double share = static_cast<double>(evaluation.part_tokens[i]) / total;
    sink.Metric(StrCat("floor/", part.name), 0, part.floor);
    sink.Metric(StrCat("val/", part.name), 0, evaluation.part_losses[i]);
    sink.Metric(StrCat("val/", part.name, "_share"), 0, share);
  }
}

}  // namespace

void EvaluatedModelConfig::Check(Checker& check) const {
  if (base.empty()) {
    check.Error("base", "must name a model: 12, 12@500, 12@best, 12@final, or a folder's path");
  }
}

JobInfo EvaluateJob::Info() {
  std::vector<MetricSpec> metrics = {
      {"val/loss", "nats", Goal::kMin, "mean −ln p per token of the measured windows"},
      {"val/loss_error", "nats", Goal::kNone,
       "its standard error, over windows; not of a single one"},
      {"val/perplexity", "", Goal::kMin, "exp(val/loss)"},
      {"val/bits_per_byte", "bits", Goal::kMin, "val/loss in bits per byte of the text"},
      {"val/windows", "windows", Goal::kNone, "how many were measured"},
      {"val/tokens", "tokens", Goal::kNone, "predicted tokens"},
      {"floor/loss", "nats", Goal::kNone, "entropy of the corpus per token: the lower bound"},
      {"floor/val_loss", "nats", Goal::kNone, "the generator's own mean −ln p of the text"},
  };
  for (const std::string& part : AllPartNames()) {
    metrics.push_back({StrCat("floor/", part), "nats", Goal::kNone,
                       StrCat("the share of floor/loss that lies in the part ", part)});
    metrics.push_back({StrCat("val/", part), "nats", Goal::kMin,
                       StrCat("the share of val/loss that lies in the part ", part)});
    metrics.push_back({StrCat("val/", part, "_share"), "", Goal::kNone,
                       StrCat("the share of the tokens that are of the part ", part)});
  }
  return {"evaluate", "Evaluate a model",
          "Measures the loss, perplexity and bits per byte of a model on a text, beside the floor.",
          std::move(metrics)};
}

Resolution EvaluateJob::Resolve(Config& config) {
  // The model's own tokenizer is known when it is opened; all but `byte` need UTF-8.
  return ResolveData(TextOf(config.data, "char"), 1);
}

Forecast EvaluateJob::Cost(const Config&, bool) { return {}; }

absl::StatusOr<Outcome> EvaluateJob::Run(const Config& config, JobContext& context) {
  ASSIGN_OR_RETURN(std::filesystem::path folder,
                   CheckpointFolderOf("model.base", config.model.base, context.folder));
  SettleNumerics(config.threads, "fp32", "fused", nlohmann::json(), context.sink);
  ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(folder));
  const int64_t length = opened.model->context();
  ASSIGN_OR_RETURN(std::optional<PreparedData> data,
                   PrepareStep(TextOf(config.data, folder.string()), length, context));
  if (!data) return StoppedOutcome(context.control.stop());
  const int64_t windows = config.max_windows > 0
                              ? std::min(config.max_windows, data->validation_windows)
                              : data->validation_windows;
  context.sink.Log(StrCat("model ", folder.string(), ": ", opened.model->parameters().count(),
                          " parameters; text ", data->corpus_name, " (", config.data.part,
                          "): ", windows, " of ", data->validation_windows, " windows of ", length,
                          " tokens"));
  ProgressRecord progress;
  progress.phase = StrCat("evaluating ", windows, " windows");
  context.sink.Progress(progress);
  const TokenParts parts{data->validation_parts, data->floor_parts.size()};
  auto evaluation = Evaluate(
      *opened.model, data->validation,
      {.windows = config.max_windows, .rows = std::max<int64_t>(1, kTokensAtOnce / length)},
      context.control, data->floor_parts.empty() ? nullptr : &parts);
  if (!evaluation) return StoppedOutcome(context.control.stop());
  LogResults(*data, *evaluation, context.sink);
  return Outcome::kSucceeded;
}

}  // namespace lab
