#pragma once

// The settings of a training run that are not the model's, the data's or the optimizer's.

#include <cstdint>
#include <string>

#include "core/config/describe.h"

namespace lab {

struct TrainConfig {
  std::optional<int64_t> steps;
  std::optional<int64_t> epochs;
  std::optional<int64_t> tokens;
  int64_t micro_batch = 8;
  int64_t accumulation = 1;
  std::string precision = "auto";
  int64_t threads = 0;
  double clip_norm = 1.0;
  std::string on_nonfinite = "halt";

  template <class V>
  constexpr void Describe(V& v) {
    v("steps", steps,
      {.help = "length of the run in updates (600 if no length is given)",
       .unit = "steps",
       .min = 1,
       .live = true});
    v("epochs", epochs,
      {.help = "length of the run in passes over the training windows",
       .unit = "epochs",
       .min = 1,
       .live = true});
    v("tokens", tokens,
      {.help = "length of the run in tokens, rounded up to whole steps",
       .unit = "tokens",
       .min = 1,
       .live = true});
    v("micro_batch", micro_batch,
      {.help = "windows in one forward and backward pass",
       .unit = "windows",
       .min = 1,
       .max = 65536});
    v("accumulation", accumulation,
      {.help = "micro-batches summed into one update; the loss does not depend on the split",
       .min = 1,
       .max = 65536});
    v("precision", precision,
      {.help = "number format of weights and activations: bf16 halves them and keeps fp32 master "
               "copies, sums and gradients; auto is bf16 where the processor has instructions for "
               "it, else fp32",
       .choices = {"auto", "fp32", "bf16"},
       .advanced = true});
    v("threads", threads,
      {.help = "processor threads; 0 uses all cores",
       .unit = "threads",
       .min = 0,
       .max = 1024,
       .advanced = true});
    v("clip_norm", clip_norm,
      {.help = "gradients are scaled down to this global norm; 0 never clips", .min = 0});
    v("on_nonfinite", on_nonfinite,
      {.help = "on a NaN or infinite loss or gradient: halt fails the job, skip leaves that update "
               "out (ten in a row fail the job); both save the batch",
       .choices = {"halt", "skip"},
       .advanced = true});
  }

  void Check(Checker& check) const {
    int lengths = steps.has_value() + epochs.has_value() + tokens.has_value();
    if (lengths > 1) {
      check.Error(steps ? (epochs ? "epochs" : "tokens") : "tokens",
                  "give one of steps, epochs and tokens, not two");
    }
  }

  // Windows in one update.
  int64_t rows_per_step() const { return micro_batch * accumulation; }
};

struct EvaluateConfig {
  AutoOr<int64_t> every;
  int64_t batches = 20;
  int64_t patience = 0;
  std::string keep_best = "val/loss";

  template <class V>
  constexpr void Describe(V& v) {
    v("every", every,
      {.help = "steps between validations; auto makes about 20 a run, 0 never, not even at the end",
       .unit = "steps",
       .min = 0,
       .group = "Validation",
       .live = true});
    v("batches", batches,
      {.help = "micro-batches of fixed validation windows each time; the end uses the whole split; "
               "0 always uses the whole split",
       .unit = "batches",
       .min = 0,
       .group = "Validation"});
    v("patience", patience,
      {.help = "ends the run well after so many validations without a new best; 0: never",
       .min = 0,
       .group = "Validation"});
    v("keep_best", keep_best,
      {.help = "the metric whose lowest value is the best; weights are written at each new best",
       .choices = {"val/loss", "val/perplexity", "val/bits_per_byte"},
       .group = "Validation",
       .advanced = true});
  }

  void Check(Checker& check) const {
    if (patience > 0 && every.value == 0) {
      check.Error("patience", "nothing is validated: evaluate.every is 0");
    }
  }
};

struct SampleConfig {
  std::string prompt = "Once";
  AutoOr<int64_t> every;
  int64_t tokens = 60;
  double temperature = 0.8;
  int64_t top_k = 0;
  double top_p = 1.0;

  template <class V>
  constexpr void Describe(V& v) {
    v("prompt", prompt,
      {.help = "what a sample continues; empty starts from the end-of-text token",
       .group = "Samples",
       .live = true});
    v("every", every,
      {.help = "steps between samples; auto makes about 10 a run, 0 never, not even at the end",
       .unit = "steps",
       .min = 0,
       .group = "Samples",
       .live = true});
    v("tokens", tokens,
      {.help = "new tokens in a sample",
       .unit = "tokens",
       .min = 1,
       .max = 1000000,
       .group = "Samples",
       .live = true});
    v("temperature", temperature,
      {.help = "divides the logits before sampling; 0 takes the likeliest token",
       .min = 0,
       .max = 100,
       .group = "Samples",
       .live = true});
    v("top_k", top_k,
      {.help = "samples among the k likeliest tokens; 0 among all",
       .min = 0,
       .group = "Samples",
       .advanced = true,
       .live = true});
    v("top_p", top_p,
      {.help =
           "samples among the likeliest tokens that hold this probability together; 1 among all",
       .min = 0,
       .max = 1,
       .above_min = true,
       .group = "Samples",
       .advanced = true,
       .live = true});
  }
};

struct CheckpointConfig {
  AutoOr<int64_t> every;
  std::string keep = "log";
  int64_t keep_last = 3;

  template <class V>
  constexpr void Describe(V& v) {
    v("every", every,
      {.help = "steps between resumable checkpoints; auto makes about 10 a run, 0 writes none but "
               "the final one",
       .unit = "steps",
       .min = 0,
       .group = "Checkpoints",
       .live = true});
    v("keep", keep,
      {.help =
           "which weights stay for later looks: log also writes and keeps steps 0, 1, 2, 4, 8 …, "
           "all keeps every checkpoint, none only the newest, the best and the final one",
       .choices = {"log", "all", "none"},
       .group = "Checkpoints"});
    v("keep_last", keep_last,
      {.help = "newest checkpoints that keep their trainer state, from which a run can resume",
       .min = 1,
       .max = 1000,
       .group = "Checkpoints",
       .advanced = true});
  }
};

}  // namespace lab
