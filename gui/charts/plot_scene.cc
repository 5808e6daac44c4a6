#include "gui/charts/plot_scene.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/base/strings.h"
#include "gui/charts/axes.h"
#include "proto/client/display.h"

namespace lab::gui {
namespace {

// Digits enough to read the same double back.
std::string exact(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return std::string(text.data(), end.ptr);
}

}  // namespace

PlotCurve* PlotScene::find(CurveId id) {
  for (PlotCurve& curve : curves) {
    if (curve.id == id) return &curve;
  }
  return nullptr;
}

const PlotCurve* PlotScene::find(CurveId id) const {
  return const_cast<PlotScene*>(this)->find(id);
}

std::vector<CurveId> PlotScene::refresh() {
  std::vector<CurveId> changed;
  for (PlotCurve& curve : curves) {
    if (curve.data.refresh()) changed.push_back(curve.id);
  }
  return changed;
}

std::optional<double> PlotScene::xOfStep(int64_t step) const {
  if (x_axis == XAxis::kStep) return static_cast<double>(step);
  for (const PlotCurve& curve : curves) {
    const double x = curve.data.xOfStep(step);
    if (std::isfinite(x)) return x;
  }
  return std::nullopt;
}

std::optional<CurveId> curveNear(const PlotScene& scene, const PlotMap& map, double x_pixel,
                                 double y_pixel, double reach) {
  std::optional<CurveId> nearest;
  const double x = map.xAt(x_pixel);
  for (const PlotCurve& curve : scene.curves) {
    const size_t after = curve.data.upperBound(x);
    if (after == 0) continue;
    const double value = curve.data.smoothed(after - 1);
    if (!std::isfinite(value)) continue;
    double y = map.toY(value);
    if (after < curve.data.size()) {  // on the line between the two points
      const double next = curve.data.smoothed(after);
      const double from = curve.data.x(after - 1), to = curve.data.x(after);
      if (std::isfinite(next) && to > from) y += (map.toY(next) - y) * (x - from) / (to - from);
    }
    if (std::abs(y - y_pixel) > reach) continue;
    reach = std::abs(y - y_pixel);
    nearest = curve.id;
  }
  return nearest;
}

std::string csvOf(const PlotScene& scene, double x_low, double x_high) {
  const bool by_step = scene.x_axis == XAxis::kStep;
  std::string text = by_step ? "curve,step,value\n"
                             : StrCat("curve,step,", utf8(wordOf(scene.x_axis)), ",value\n");
  for (const PlotCurve& curve : scene.curves) {
    const std::string label = CsvCell(utf8(curve.style.label));
    const size_t end = curve.data.upperBound(x_high);
    for (size_t i = curve.data.lowerBound(x_low); i < end; ++i) {
      const int64_t step = curve.data.step(i);
      text += label;
      if (!by_step) text += step >= 0 ? StrCat(",", step) : ",";
      text += StrCat(",", exact(curve.data.x(i)), ",", exact(curve.data.y(i)), "\n");
    }
  }
  return text;
}

}  // namespace lab::gui
