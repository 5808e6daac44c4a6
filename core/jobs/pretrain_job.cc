#include "core/jobs/pretrain_job.h"

#include <algorithm>
#include <memory>

#include <absl/strings/str_join.h>

#include "core/base/strings.h"
#include "core/checkpoint/checkpoint.h"
#include "core/data/prepare.h"
#include "core/inspect/observe.h"
#include "core/jobs/begin.h"
#include "core/jobs/numerics.h"
#include "core/jobs/prepare_step.h"
#include "core/model/estimate.h"
#include "core/model/gpt2.h"
#include "core/model/init.h"
#include "core/tensor/device.h"

namespace lab {
namespace {

constexpr int64_t kDefaultSteps = 600;

int64_t CeilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Steps of the run; unset while it depends on how many windows the text has.
std::optional<int64_t> TotalSteps(const PretrainConfig& config,
                                  std::optional<int64_t> train_windows) {
  const int64_t rows = config.train.rows_per_step();
  if (config.train.steps) return *config.train.steps;
  if (config.train.tokens) return CeilDivide(*config.train.tokens, rows * *config.model.context);
  if (!train_windows) return std::nullopt;
  return CeilDivide(*config.train.epochs * *train_windows, rows);
}

std::string ConfigYaml(const PretrainConfig& config) {
  return StrCat("type: pretrain\n", WriteYaml(config));
}

// Ids that the tokenizer will have, at most; unset if only reading the text could tell, or the
// tokenizer is not there.
std::optional<int64_t> VocabularySize(const DataConfig& data) {
  auto choice = ParseTokenizerChoice(data.tokenizer);
  if (!choice) return std::nullopt;
  switch (choice->kind) {
    case TokenizerChoice::Kind::kByte:
      return ByteTokenizer()->vocab_size();
    case TokenizerChoice::Kind::kChar:  // as many as the text has characters
      return std::nullopt;
    case TokenizerChoice::Kind::kBpe:
      return choice->vocab_size;
    case TokenizerChoice::Kind::kPath:
      break;
  }
  auto tokenizer = LoadTokenizer(choice->path);
  if (!tokenizer.ok()) return std::nullopt;
  return (*tokenizer)->vocab_size();
}

// Changes settings of a running job: the sections that the loop works with follow the config.
class LiveConfig {
 public:
  LiveConfig(PretrainConfig config, int64_t train_windows)
      : config_(std::move(config)), train_windows_(train_windows) {}

  absl::StatusOr<std::string> operator()(const LiveChange& change, TrainSetup& setup) {
    auto parsed = ParseConfig<PretrainConfig>(
        {.text = WriteYaml(config_), .overrides = {StrCat(change.field, "=", change.value)}});
    if (!parsed.ok()) {
      return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                     ToString(parsed.errors.front()));
    }
    config_ = std::move(parsed.config);
    setup.train = config_.train;
    setup.evaluate = config_.evaluate;
    setup.sample = config_.sample;
    setup.checkpoint = config_.checkpoint;
    setup.observe = config_.observe;
    setup.total_steps = *TotalSteps(config_, train_windows_);
    setup.optimizer.set_config(config_.optim);
    return ConfigYaml(config_);
  }

 private:
  PretrainConfig config_;
  int64_t train_windows_;
};

void LogFloors(const PreparedData& data, EventSink& sink) {
  if (data.floor_loss) sink.Metric("floor/loss", 0, *data.floor_loss);
  if (data.floor_val_loss) sink.Metric("floor/val_loss", 0, *data.floor_val_loss);
  for (const FloorPart& part : data.floor_parts) {
    sink.Metric(StrCat("floor/", part.name), 0, part.floor);
  }
}

// Says from whose weights a run begins, and in what a continued run is not that one.
void AnnounceBeginning(const PretrainConfig& config, const TrainPosition& position,
                       EventSink& sink) {
  if (config.init) sink.Mark(0, StrCat("begins with the weights of ", *config.init));
  if (!config.resume) return;
  std::string text = StrCat("continues ", *config.resume);
  auto before = ParseConfig<PretrainConfig>({.text = position.state.config_yaml});
  if (!before.ok()) {
    sink.Log(StrCat("the config of ", *config.resume,
                    " cannot be read and is not compared: ", ToString(before.errors.front())));
  } else {
    before.config.resume = config.resume;
    before.config.init = config.init;
    std::vector<std::string> changed;
    for (const Difference& one : Diff(before.config, config)) {
      changed.push_back(StrCat(one.field, " ", one.a, " → ", one.b));
    }
    if (!changed.empty()) text += StrCat("; differs in ", absl::StrJoin(changed, ", "));
  }
  sink.Mark(position.state.step, text);
}

void Announce(const PretrainConfig& config, const PreparedData& data, const LanguageModel& model,
              int64_t total_steps, EventSink& sink) {
  sink.Log(StrCat("corpus ", data.corpus_name, ": ", data.train.size(), " training tokens in ",
                  data.train_windows, " windows, ", data.validation.size(),
                  " validation tokens, vocabulary ", data.tokenizer->vocab_size()));
  sink.Log(StrCat("model: ", model.parameters().count(), " parameters, ", model.layer_count(),
                  " layers; ", total_steps, " steps of ",
                  config.train.rows_per_step() * model.context(), " tokens"));
}

}  // namespace

JobInfo PretrainJob::Info() {
  return {"pretrain", "Pretrain a GPT",
          "Trains a GPT-2 style model on a text, with its own tokenizer: from random weights, or "
          "going on from a checkpoint.",
          TrainMetrics()};
}

void PretrainConfig::Check(Checker& check) const {
  if (resume && init) {
    check.Error("init", "stands beside resume, which has weights already; give one of the two");
  }
}

Resolution PretrainJob::Resolve(Config& config) {
  auto model = ResolveModel(config.model);
  if (!model.ok()) {
    return {{{.field = "model",
              .message = std::string(MessageOf(model.status())),
              .reason = std::string(reason::kConfigInvalid)}},
            {}};
  }
  config.model = *std::move(model);
  if (!config.train.steps && !config.train.epochs && !config.train.tokens) {
    config.train.steps = kDefaultSteps;
  }
  const bool automatic = config.train.precision == "auto";
  config.train.precision = PrecisionName(ChoosePrecision(config.train.precision));
  Resolution resolution = ResolveData(config.data, *config.model.context);
  if (!automatic && config.train.precision == "bf16" && !HasBf16Instructions()) {
    resolution.warnings.push_back({.field = "train.precision",
                                   .message = "this processor has no instructions for bf16: it is "
                                              "computed by way of fp32 and slower than fp32"});
  }
  const bool validates =
      config.data.validation.fraction > 0 || !config.data.validation.corpus.empty();
  if (config.evaluate.patience > 0 && !validates) {
    resolution.errors.push_back({.field = "evaluate.patience",
                                 .message = "nothing is held back to validate on: "
                                            "data.validation.fraction is 0",
                                 .reason = std::string(reason::kConfigInvalid)});
  }
  if (!config.observe.metrics.empty() && !validates) {
    resolution.errors.push_back({.field = "observe.metrics",
                                 .message = "nothing is held back to look at: "
                                            "data.validation.fraction is 0",
                                 .reason = std::string(reason::kConfigInvalid)});
  }
  return resolution;
}

Forecast PretrainJob::Cost(const Config& config, bool measure) {
  Forecast forecast;
  forecast.tokens_per_step = config.train.rows_per_step() * *config.model.context;
  forecast.total_steps = TotalSteps(config, std::nullopt);
  auto vocabulary = VocabularySize(config.data);
  if (!vocabulary) return forecast;
  const Precision precision = ChoosePrecision(config.train.precision);
  ModelEstimate estimate =
      Estimate(ShapeOf(config.model, *vocabulary), config.train.micro_batch, precision);
  forecast.parameters = estimate.parameters;
  for (const MemoryItem& item : estimate.memory) {
    forecast.memory.push_back({item.name, item.bytes, item.formula});
  }
  forecast.flops_per_token = estimate.flops_per_token;
  if (measure) forecast.flops_per_second = MeasuredFlopsPerSecond(precision);
  if (forecast.total_steps && forecast.flops_per_second) {
    forecast.seconds = EstimateSeconds(estimate, *forecast.total_steps * *forecast.tokens_per_step,
                                       *forecast.flops_per_second);
  }
  return forecast;
}

absl::StatusOr<Outcome> PretrainJob::Run(const Config& config, JobContext& context) {
  TrainPosition position;
  nlohmann::json recorded;  // numerics of the run so far
  ProgressRecord so_far;
  // Where the training goes on: this job's own checkpoint, else the one that its config names.
  std::optional<std::filesystem::path> from = context.resume;
  if (!from && config.resume) {
    ASSIGN_OR_RETURN(from, CheckpointFolderOf("resume", *config.resume, context.folder));
  }
  if (from) {
    ASSIGN_OR_RETURN(TrainerState state, ReadTrainerState(*from));
    context.sink.SetEarlierSeconds(state.seconds);
    recorded = state.numerics;
    so_far.step = state.step;
    so_far.tokens = state.tokens;
    so_far.total_steps = TotalSteps(config, std::nullopt).value_or(0);
    if (so_far.total_steps > 0) {
      so_far.fraction = static_cast<double>(so_far.step) / static_cast<double>(so_far.total_steps);
    }
  }
  const Numerics numerics = SettleNumerics(config.train.threads, config.train.precision,
                                           config.model.attention, recorded, context.sink);

  ASSIGN_OR_RETURN(std::optional<PreparedData> data,
                   PrepareStep(config.data, *config.model.context, context, so_far));
  if (!data) return StoppedOutcome(context.control.stop());

  const Gpt2Shape shape = ShapeOf(config.model, data->tokenizer->vocab_size());
  Gpt2 model(shape, numerics.precision);
  if (!from && config.init) {
    ASSIGN_OR_RETURN(auto folder, CheckpointFolderOf("init", *config.init, context.folder));
    RETURN_IF_ERROR(BeginWithWeights(folder, *data->tokenizer, model));
  } else if (!from) {
    InitializeGpt2(model, static_cast<uint64_t>(config.seed));
  }
  AdamW optimizer(model.parameters(), config.optim);
  const int64_t total_steps = *TotalSteps(config, data->train_windows);
  if (context.resume) {
    ASSIGN_OR_RETURN(TrainerState state, ResumeFrom(*context.resume, model, optimizer));
    position = TrainPosition::FromState(std::move(state));
    context.sink.Mark(position.state.step, StrCat("resumed from step ", position.state.step));
  } else {
    LogFloors(*data, context.sink);
    if (from) {
      ASSIGN_OR_RETURN(position, ContinueFrom(*from, *data->tokenizer, model, optimizer));
      if (position.state.step >= total_steps) {
        return Failure(absl::StatusCode::kInvalidArgument, reason::kConfigInvalid,
                       StrCat("the run is to end at step ", total_steps, ", but ", *config.resume,
                              " has made ", position.state.step, " steps; set train.steps higher"));
      }
    }
    AnnounceBeginning(config, position, context.sink);
  }
  position.state.numerics = numerics.record;
  position.state.config_yaml = ConfigYaml(config);

  TrainSetup setup{.train = config.train,
                   .evaluate = config.evaluate,
                   .sample = config.sample,
                   .checkpoint = config.checkpoint,
                   .schedule = config.schedule,
                   .observe = config.observe,
                   .limit_windows = config.data.limit_windows,
                   .seed = static_cast<uint64_t>(config.seed),
                   .total_steps = total_steps,
                   .flops_per_token = Estimate(shape, config.train.micro_batch).flops_per_token,
                   .flops_per_second = MeasuredFlopsPerSecond(numerics.precision),
                   .folder = context.folder,
                   .checkpoints_folder = context.folder / "checkpoints",
                   .apply_change = LiveConfig(config, data->train_windows),
                   .model = model,
                   .optimizer = optimizer,
                   .data = *data};
  Announce(config, *data, model, setup.total_steps, context.sink);
  std::optional<ModelObserver> observer;
  if (!config.observe.metrics.empty() && data->validation_windows > 0) {
    observer.emplace(model, config.observe.metrics, data->tokenizer->end_of_text());
    context.sink.Declare(observer->Metrics());
    setup.observer = &*observer;
  }
  return Train(setup, std::move(position), context.control, context.sink);
}

}  // namespace lab
