#pragma once

// Measures a model's loss on a text, with its standard error over windows.

#include "core/data/data_config.h"
#include "core/jobs/job.h"

namespace lab {

struct EvaluatedModelConfig {
  std::string base = "";

  template <class V>
  constexpr void Describe(V& v) {
    v("base", base,
      {.help = "the model: 12 (job 12's newest checkpoint), 12@500, 12@best, 12@final, or a path "
               "to a checkpoint's folder",
       .path = true});
  }
  void Check(Checker& check) const;
};

struct EvaluatedTextConfig {
  std::string corpus = "stories";
  std::string part = "validation";
  double fraction = 0.1;
  std::string filter = "none";

  template <class V>
  constexpr void Describe(V& v) {
    v("corpus", corpus,
      {.help = "a registered corpus, or a path to a text file or .jsonl", .path = true});
    v("part", part,
      {.help = "validation: the share at its end that a job with the same fraction holds back; "
               "all: the whole text",
       .choices = {"validation", "all"}});
    v("fraction", fraction,
      {.help = "the share that `validation` means", .min = 0, .max = 0.9, .above_min = true});
    v("filter", filter,
      {.help = "unwrap: joins the lines of each paragraph", .choices = {"none", "unwrap"}});
  }
};

struct EvaluateJobConfig {
  EvaluatedModelConfig model;
  EvaluatedTextConfig data;
  int64_t max_windows = 0;
  int64_t threads = 0;
  int64_t seed = 1;

  template <class V>
  constexpr void Describe(V& v) {
    v("model", model, {.help = "what is measured"});
    v("data", data, {.help = "the text it is measured on"});
    v("max_windows", max_windows,
      {.help = "at most so many windows, evenly spaced over the text; 0: all",
       .unit = "windows",
       .min = 0});
    v("threads", threads, {.help = "CPU threads; 0: all cores", .unit = "threads", .min = 0});
    v("seed", seed,
      {.help = "has no effect on a measurement; kept so that every job has one",
       .min = 0,
       .advanced = true});
  }
};

struct EvaluateJob {
  using Config = EvaluateJobConfig;
  static JobInfo Info();
  static Resolution Resolve(Config& config);
  static Forecast Cost(const Config& config, bool measure);
  static absl::StatusOr<Outcome> Run(const Config& config, JobContext& context);
};

}  // namespace lab
