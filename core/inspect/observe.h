#pragma once

// The statistics that a run can log of its own model: those of `observe.metrics`. One thread at a
// time.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/train/event_sink.h"
#include "core/train/observer.h"

namespace lab {

// Scores of heads and statistics of the residual stream, means over all that one forward read. A
// statistic is a metric for each head ("heads/induction/1.0": layer, head), for each point of the
// stream ("residual/norm/0.mid") or for each layer ("residual/mlp_norm/1").
class ModelObserver : public Observer {
 public:
  // Requires: `statistics` among the choices of observe.metrics. `first_token` begins the random
  // texts of heads/repeated_induction and shifted_induction, for which the model reads once more.
  ModelObserver(LanguageModel& model, std::vector<std::string> statistics, int64_t first_token);

  // All that Values() gives, in its order.
  std::vector<MetricSpec> Metrics() const;

  bool Wants(std::string_view name) const override { return places_.contains(name); }
  at::Tensor On(std::string_view name, const at::Tensor& value) override;
  void Begin(const at::Tensor& tokens) override;
  std::vector<std::pair<std::string, double>> Values() override;

 private:
  // What is heard at a hook point.
  struct Place {
    enum Kind { kPattern, kStream, kAttention, kMlp } kind;
    int64_t layer = 0;
    std::string label;  // "0.mid" of a point of the stream
  };
  bool Asked(std::string_view statistic) const;
  void HearPattern(const Place& place, const at::Tensor& pattern);
  void HearStream(const Place& place, const at::Tensor& stream);
  void HearRandomTexts();

  LanguageModel& model_;
  const std::vector<std::string> statistics_;
  const int64_t first_token_;
  std::map<std::string, Place, std::less<>> places_;  // by hook name
  at::Tensor tokens_;                                 // int64 [B, T]
  std::map<std::string, double> heard_;               // by metric
};

}  // namespace lab
