#pragma once

// Makes the token files of a corpus, and its tokenizer, without training on them.

#include "core/data/data_config.h"
#include "core/jobs/job.h"

namespace lab {

struct TokenizeConfig {
  DataConfig data;
  int64_t seed = 1;

  template <class V>
  constexpr void Describe(V& v) {
    v("data", data, {.help = "what is read, and how it becomes tokens"});
    v("seed", seed,
      {.help = "has no effect on text; kept so that every job has one",
       .min = 0,
       .advanced = true});
  }
};

struct TokenizeJob {
  using Config = TokenizeConfig;
  static JobInfo Info();
  static Resolution Resolve(Config& config);
  static Forecast Cost(const Config& config, bool measure);
  static absl::StatusOr<Outcome> Run(const Config& config, JobContext& context);
};

}  // namespace lab
