#pragma once

// Pretrains a GPT from random weights, or goes on from another run's.

#include <optional>
#include <string>

#include "core/data/data_config.h"
#include "core/jobs/job.h"
#include "core/model/model_config.h"
#include "core/optim/adamw.h"
#include "core/optim/schedule.h"
#include "core/train/observe_config.h"
#include "core/train/train_config.h"

namespace lab {

struct PretrainConfig {
  ModelConfig model;
  DataConfig data;
  TrainConfig train;
  OptimConfig optim;
  ScheduleConfig schedule;
  EvaluateConfig evaluate;
  SampleConfig sample;
  CheckpointConfig checkpoint;
  ObserveConfig observe;
  int64_t seed = 1;
  std::optional<std::string> resume;
  std::optional<std::string> init;

  template <class V>
  constexpr void Describe(V& v) {
    v("model", model, {.help = "shape of the network"});
    v("data", data, {.help = "what it reads"});
    v("train", train, {.help = "length and batches of the run"});
    v("optim", optim, {.help = "how weights follow gradients"});
    v("schedule", schedule, {.help = "learning rate over the run"});
    v("evaluate", evaluate, {.help = "loss on text held back"});
    v("sample", sample, {.help = "text generated on the way"});
    v("checkpoint", checkpoint, {.help = "what is written and kept"});
    v("observe", observe, {.help = "what is logged of the inside"});
    v("seed", seed,
      {.help = "of initialisation, batch order, dropout and samples; text and split do not depend "
               "on it",
       .min = 0});
    v("resume", resume,
      {.help = "a checkpoint to continue, bit for bit where no setting differs: 12, 12@500, "
               "12@best, 12@final or a folder's path; train.steps counts from its beginning",
       .advanced = true,
       .path = true});
    v("init", init,
      {.help = "a checkpoint whose weights a new training starts from instead of random ones",
       .advanced = true,
       .path = true});
  }
  void Check(Checker& check) const;
};

struct PretrainJob {
  using Config = PretrainConfig;
  static JobInfo Info();
  static Resolution Resolve(Config& config);
  static Forecast Cost(const Config& config, bool measure);
  static absl::StatusOr<Outcome> Run(const Config& config, JobContext& context);
};

}  // namespace lab
