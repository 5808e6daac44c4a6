#include "core/inspect/observe.h"

#include <algorithm>
#include <iterator>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>

#include "core/base/strings.h"
#include "core/inspect/capture.h"
#include "core/inspect/head_scores.h"
#include "core/inspect/part.h"
#include "core/inspect/residual_stats.h"

namespace lab {
namespace {

using at::Tensor;

// Of random texts, which the model reads for them.
constexpr const char* kOfRandomTexts[] = {"heads/repeated_induction", "heads/shifted_induction"};

struct StreamStatistic {
  const char* name;
  const char* what;
};
constexpr StreamStatistic kOfPoints[] = {
    {"residual/norm", "mean norm of the residual stream's vectors here"},
    {"residual/std", "mean standard deviation over the channels of the residual stream here"},
    {"residual/first_token", "the first token's norm over the median norm of the others"},
};
constexpr StreamStatistic kOfLayers[] = {
    {"residual/attn_norm", "mean norm of what the attention adds to the residual stream"},
    {"residual/mlp_norm", "mean norm of what the feed-forward adds to the residual stream"},
};

std::vector<int64_t> AllLayers(const LanguageModel& model) {
  std::vector<int64_t> layers(static_cast<size_t>(model.layer_count()));
  for (size_t i = 0; i < layers.size(); ++i) layers[i] = static_cast<int64_t>(i);
  return layers;
}

std::string HeadMetric(const std::string& score, int64_t layer, int64_t head) {
  return StrCat(score, "/", layer, ".", head);
}

bool OfRandomTexts(std::string_view score) {
  return std::find(std::begin(kOfRandomTexts), std::end(kOfRandomTexts), score) !=
         std::end(kOfRandomTexts);
}

double MeanOf(const Tensor& x) { return x.mean().item<double>(); }

}  // namespace

ModelObserver::ModelObserver(LanguageModel& model, std::vector<std::string> statistics,
                             int64_t first_token)
    : model_(model), statistics_(std::move(statistics)), first_token_(first_token) {
  const std::vector<int64_t> layers = AllLayers(model);
  for (const HeadScoreFacts& score : HeadScores()) {
    if (!Asked(score.name) || OfRandomTexts(score.name)) continue;
    for (int64_t layer : layers) {
      places_[HookName(layer, "attn.hook_pattern")] = {Place::kPattern, layer, ""};
    }
  }
  for (const StreamStatistic& one : kOfPoints) {
    if (!Asked(one.name)) continue;
    for (const StreamPoint& point : StreamPoints(layers)) {
      places_[point.hook] = {Place::kStream, 0, point.title};
    }
  }
  for (int64_t layer : layers) {
    if (Asked("residual/attn_norm")) {
      places_[HookName(layer, "hook_attn_out")] = {Place::kAttention, layer, ""};
    }
    if (Asked("residual/mlp_norm")) {
      places_[HookName(layer, "hook_mlp_out")] = {Place::kMlp, layer, ""};
    }
  }
}

bool ModelObserver::Asked(std::string_view statistic) const {
  return std::find(statistics_.begin(), statistics_.end(), statistic) != statistics_.end();
}

std::vector<MetricSpec> ModelObserver::Metrics() const {
  std::vector<MetricSpec> metrics;
  const ModelSizes sizes = model_.sizes();
  const std::vector<int64_t> layers = AllLayers(model_);
  for (const std::string& name : statistics_) {
    for (const HeadScoreFacts& score : HeadScores()) {
      if (name != score.name) continue;
      for (int64_t layer : layers) {
        for (int64_t head = 0; head < sizes.heads; ++head) {
          metrics.push_back({HeadMetric(name, layer, head), score.unit, Goal::kNone, score.what});
        }
      }
    }
    for (const StreamStatistic& one : kOfPoints) {
      if (name != one.name) continue;
      for (const StreamPoint& point : StreamPoints(layers)) {
        metrics.push_back({StrCat(name, "/", point.title), "", Goal::kNone, one.what});
      }
    }
    for (const StreamStatistic& one : kOfLayers) {
      if (name != one.name) continue;
      for (int64_t layer : layers) {
        metrics.push_back({StrCat(name, "/", layer), "", Goal::kNone, one.what});
      }
    }
  }
  return metrics;
}

void ModelObserver::Begin(const Tensor& tokens) {
  tokens_ = tokens;
  heard_.clear();
}

Tensor ModelObserver::On(std::string_view name, const Tensor& value) {
  const Place& place = places_.find(name)->second;
  const Tensor x = value.detach().to(at::kFloat);
  switch (place.kind) {
    case Place::kPattern:
      HearPattern(place, x);
      break;
    case Place::kStream:
      HearStream(place, x);
      break;
    case Place::kAttention:
      heard_[StrCat("residual/attn_norm/", place.layer)] = MeanOf(x.norm(2, -1));
      break;
    case Place::kMlp:
      heard_[StrCat("residual/mlp_norm/", place.layer)] = MeanOf(x.norm(2, -1));
      break;
  }
  return value;
}

// pattern [B, H, T, T].
void ModelObserver::HearPattern(const Place& place, const Tensor& pattern) {
  std::vector<Tensor> rows;
  for (int64_t row = 0; row < pattern.size(0); ++row) {
    rows.push_back(ScoreHeads(pattern[row], tokens_[row]));
  }
  const Tensor scores = at::stack(rows).mean(0);  // [S, H]
  for (int64_t i = 0; i < scores.size(0); ++i) {
    for (int64_t head = 0; head < scores.size(1); ++head) {
      heard_[HeadMetric(HeadScores()[static_cast<size_t>(i)].name, place.layer, head)] =
          scores[i][head].item<double>();
    }
  }
}

// stream [B, T, C]: one point, a text a row.
void ModelObserver::HearStream(const Place& place, const Tensor& stream) {
  const StreamStats stats = StatsOf(stream);
  heard_[StrCat("residual/norm/", place.label)] = MeanOf(stats.norm);
  heard_[StrCat("residual/std/", place.label)] = MeanOf(stats.std);
  heard_[StrCat("residual/first_token/", place.label)] = MeanOf(FirstTokenOutlier(stream));
}

void ModelObserver::HearRandomTexts() {
  const at::NoGradGuard no_grad;
  const Tensor scores = RepeatedInduction(model_, first_token_, 0);  // [2, L, H]
  for (int64_t i = 0; i < scores.size(0); ++i) {
    for (int64_t layer = 0; layer < scores.size(1); ++layer) {
      for (int64_t head = 0; head < scores.size(2); ++head) {
        heard_[HeadMetric(kOfRandomTexts[i], layer, head)] = scores[i][layer][head].item<double>();
      }
    }
  }
}

std::vector<std::pair<std::string, double>> ModelObserver::Values() {
  if (Asked(kOfRandomTexts[0]) || Asked(kOfRandomTexts[1])) HearRandomTexts();
  std::vector<std::pair<std::string, double>> values;
  for (const MetricSpec& metric : Metrics())
    values.emplace_back(metric.name, heard_.at(metric.name));
  return values;
}

}  // namespace lab
