// The residual stream: its statistics, what each sublayer adds, cosines, principal components.

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "core/base/strings.h"
#include "core/inspect/part.h"
#include "core/inspect/residual_stats.h"

namespace lab {
namespace {

using at::Tensor;

constexpr int64_t kMostMassive = 100;
constexpr int64_t kComponents = 3;

// A part that needs the stream's points of the chosen layers.
class StreamPart : public InspectPart {
 public:
  std::vector<std::string> Hooks(const LanguageModel& /*model*/,
                                 const Selection& chosen) const override {
    std::vector<std::string> names;
    for (const StreamPoint& point : StreamPoints(chosen.layers)) names.push_back(point.hook);
    return names;
  }
};

class ResidualPart : public StreamPart {
 public:
  std::vector<TensorFacts> Plan(const LanguageModel& /*model*/, const InspectQuery& /*query*/,
                                const Selection& chosen) const override {
    const Axis points = PointAxis(StreamPoints(chosen.layers));
    const Axis tokens = chosen.PositionAxis("token");
    const auto P = static_cast<int64_t>(points.labels.size());
    const auto N = static_cast<int64_t>(chosen.positions.size());
    const auto L = static_cast<int64_t>(chosen.layers.size());
    std::vector<TensorFacts> tensors;
    for (const char* name : {"mean", "std", "min", "max", "norm"}) {
      tensors.push_back({StrCat("residual/", name), {points, tokens}, {P, N}, ""});
    }
    for (const char* name : {"attn_norm", "mlp_norm"}) {
      tensors.push_back({StrCat("residual/", name), {chosen.LayerAxis(), tokens}, {L, N}, ""});
    }
    tensors.push_back({"residual/first_token", {points}, {P}, "times the median norm"});
    tensors.push_back({"residual/massive_places",
                       {{"rank", {}}, {"place", {"point", "token", "channel"}}},
                       {kMostMassive, 3},
                       "",
                       at::kLong});
    tensors.push_back({"residual/massive_values",
                       {{"rank", {}}, {"figure", {"value", "times median"}}},
                       {kMostMassive, 2},
                       ""});
    return tensors;
  }

  std::vector<std::string> Hooks(const LanguageModel& model,
                                 const Selection& chosen) const override {
    std::vector<std::string> names = StreamPart::Hooks(model, chosen);
    for (int64_t layer : chosen.layers) {
      names.push_back(HookName(layer, "hook_attn_out"));
      names.push_back(HookName(layer, "hook_mlp_out"));
    }
    return names;
  }

  std::vector<Tensor> Finish(Look& look) override {
    const Tensor stream = StreamOf(look, StreamPoints(look.chosen.layers));
    const StreamStats stats = StatsOf(stream);
    std::vector<Tensor> tensors;
    for (const Tensor& x : {stats.mean, stats.std, stats.min, stats.max, stats.norm}) {
      tensors.push_back(look.chosen.Positions(x, 1));
    }
    for (const char* point : {"hook_attn_out", "hook_mlp_out"}) {
      std::vector<Tensor> norms;
      for (int64_t layer : look.chosen.layers) {
        norms.push_back(look.heard[HookName(layer, point)][0].norm(2, -1));
      }
      tensors.push_back(look.chosen.Positions(at::stack(norms), 1));
    }
    tensors.push_back(FirstTokenOutlier(stream));
    const auto massive = MassiveActivations(stream, kMostMassive);
    const auto count = static_cast<int64_t>(massive.size());
    Tensor places = at::empty({count, 3}, at::kLong), values = at::empty({count, 2});
    for (int64_t i = 0; i < count; ++i) {
      const MassiveActivation& one = massive[static_cast<size_t>(i)];
      places[i][0] = one.point;
      places[i][1] = one.token;
      places[i][2] = one.channel;
      values[i][0] = one.value;
      values[i][1] = one.times_median;
    }
    tensors.push_back(places);
    tensors.push_back(values);
    return tensors;
  }
};

class CosinesPart : public StreamPart {
 public:
  explicit CosinesPart(bool centred) : centred_(centred) {}

  std::vector<TensorFacts> Plan(const LanguageModel& /*model*/, const InspectQuery& query,
                                const Selection& chosen) const override {
    const std::string prefix = centred_ ? "centred_cosines/" : "cosines/";
    const Axis points = PointAxis(StreamPoints(chosen.layers));
    const auto P = static_cast<int64_t>(points.labels.size());
    const auto T = static_cast<int64_t>(query.tokens.size());
    const auto N = static_cast<int64_t>(chosen.positions.size());
    return {{StrCat(prefix, "tokens"),
             {points, chosen.PositionAxis("token"), {"token", {}}},
             {P, N, T},
             ""},
            {StrCat(prefix, "points"), {points, points}, {P, P}, ""}};
  }

  std::vector<Tensor> Finish(Look& look) override {
    const Tensor stream = StreamOf(look, StreamPoints(look.chosen.layers));
    std::vector<Tensor> cosines;
    for (int64_t point = 0; point < stream.size(0); ++point) {
      cosines.push_back(look.chosen.Positions(TokenCosines(stream[point], centred_), 0));
    }
    return {at::stack(cosines), PointCosines(stream, centred_)};
  }

 private:
  const bool centred_;
};

class PcaPart : public StreamPart {
 public:
  std::vector<TensorFacts> Plan(const LanguageModel& model, const InspectQuery& query,
                                const Selection& chosen) const override {
    const Axis points = PointAxis(StreamPoints(chosen.layers));
    const auto P = static_cast<int64_t>(points.labels.size());
    const auto T = static_cast<int64_t>(query.tokens.size());
    const auto N = static_cast<int64_t>(chosen.positions.size());
    const Axis components{"component", {}};
    const int64_t K = std::min({kComponents, P * T, model.sizes().width});
    const int64_t own = std::min({kComponents, T, model.sizes().width});
    return {{"pca/places", {points, chosen.PositionAxis("token"), components}, {P, N, K}, ""},
            {"pca/shares", {components}, {K}, "of the variance"},
            {"pca/own_places", {points, chosen.PositionAxis("token"), components}, {P, N, own}, ""},
            {"pca/own_shares", {points, components}, {P, own}, "of the variance"}};
  }

  std::vector<Tensor> Finish(Look& look) override {
    const Tensor stream = StreamOf(look, StreamPoints(look.chosen.layers));
    const int64_t P = stream.size(0), T = stream.size(1), C = stream.size(2);
    // All points in one space, and each in its own.
    const Components all = PrincipalComponents(stream.reshape({P * T, C}), kComponents);
    std::vector<Tensor> places, shares;
    for (int64_t point = 0; point < P; ++point) {
      const Components own = PrincipalComponents(stream[point], kComponents);
      places.push_back(own.places);
      shares.push_back(own.shares);
    }
    return {look.chosen.Positions(all.places.view({P, T, -1}), 1), all.shares,
            look.chosen.Positions(at::stack(places), 1), at::stack(shares)};
  }
};

}  // namespace

std::vector<StreamPoint> StreamPoints(const std::vector<int64_t>& layers) {
  std::vector<StreamPoint> points;
  for (size_t i = 0; i < layers.size(); ++i) {
    const int64_t layer = layers[i];
    // After the block before it is the same place.
    if (i == 0 || layers[i - 1] != layer - 1) {
      points.push_back({StrCat(layer, ".pre"), HookName(layer, "hook_resid_pre")});
    }
    points.push_back({StrCat(layer, ".mid"), HookName(layer, "hook_resid_mid")});
    points.push_back({StrCat(layer, ".post"), HookName(layer, "hook_resid_post")});
  }
  return points;
}

Tensor StreamOf(const Look& look, const std::vector<StreamPoint>& points) {
  std::vector<Tensor> stream;
  for (const StreamPoint& point : points) stream.push_back(look.heard[point.hook][0]);
  return at::stack(stream);
}

Axis PointAxis(const std::vector<StreamPoint>& points) {
  Axis axis{"point", {}};
  for (const StreamPoint& point : points) axis.labels.push_back(point.title);
  return axis;
}

std::unique_ptr<InspectPart> MakeResidualPart() { return std::make_unique<ResidualPart>(); }

std::unique_ptr<InspectPart> MakeCosinesPart(bool centred) {
  return std::make_unique<CosinesPart>(centred);
}

std::unique_ptr<InspectPart> MakePcaPart() { return std::make_unique<PcaPart>(); }

}  // namespace lab
