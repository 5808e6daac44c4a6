#pragma once

// One quantity of a look: what it needs to hear of the forward, and what it makes of that. A new
// one is a class here-after in one of the parts_*.cc and a row in inspect.cc. One thread at a time.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/inspect/capture.h"
#include "core/inspect/query.h"

namespace lab {

// What all parts of one look share.
struct Look {
  LanguageModel& model;
  const InspectQuery& query;
  const Selection chosen;
  const at::Tensor tokens;  // int64 [T]
  Capture heard;            // after the forward; batch of 1
  at::Tensor hidden;        // after the forward: ln_final's output, [T, C]
};

class InspectPart {
 public:
  virtual ~InspectPart() = default;

  virtual std::vector<TensorFacts> Plan(const LanguageModel& model, const InspectQuery& query,
                                        const Selection& chosen) const = 0;
  // Hook points to be kept until the end of the forward.
  virtual std::vector<std::string> Hooks(const LanguageModel& model,
                                         const Selection& chosen) const = 0;
  // Whether each chosen layer's pattern is wanted when it is there: they are large, so none is
  // kept.
  virtual bool HearsPatterns() const { return false; }
  virtual void HearPattern(const Look& /*look*/, int64_t /*layer*/,
                           const at::Tensor& /*pattern [H, T, T]*/) {}
  // The planned tensors, in order.
  virtual std::vector<at::Tensor> Finish(Look& look) = 0;
};

// A hook point of each chosen layer, as it is. Null for one that is not known.
std::unique_ptr<InspectPart> MakeHookPart(std::string_view name);
// Attention: scores of heads; patterns weighted by the values that they read.
std::unique_ptr<InspectPart> MakeHeadsPart();
std::unique_ptr<InspectPart> MakeValueWeightedPart();
// The residual stream: its statistics and contributions; cosines; principal components.
std::unique_ptr<InspectPart> MakeResidualPart();
std::unique_ptr<InspectPart> MakeCosinesPart(bool centred);
std::unique_ptr<InspectPart> MakePcaPart();
// What comes out: the logit lens, a logit taken apart, the loss of each token.
std::unique_ptr<InspectPart> MakeLensPart();
std::unique_ptr<InspectPart> MakeAttributionPart();
std::unique_ptr<InspectPart> MakeLossPart();

// Names and meanings of the hook points that MakeHookPart knows.
std::vector<std::pair<std::string, std::string>> HookPointNames();

// A point of the residual stream: "3.mid" and its hook.
struct StreamPoint {
  std::string title;
  std::string hook;
};
// Those of these layers: before the first of neighbours, then after attention and after
// feed-forward of each.
std::vector<StreamPoint> StreamPoints(const std::vector<int64_t>& layers);
// These points of what was heard, [P, T, C].
at::Tensor StreamOf(const Look& look, const std::vector<StreamPoint>& points);
Axis PointAxis(const std::vector<StreamPoint>& points);

}  // namespace lab
