#include "gui/charts/view_moves.h"

#include <algorithm>
#include <cmath>

namespace lab::gui {
namespace {

constexpr double kLeastShare = 1e-12;  // of the values' size, below which doubles are the same

void zoom(double* low, double* high, double factor, double at) {
  *low = at + (*low - at) * factor;
  *high = at + (*high - at) * factor;
}

}  // namespace

ChartView zoomedX(const ChartView& view, double factor, double at) {
  ChartView next = view;
  zoom(&next.x_low, &next.x_high, factor, at);
  return next;
}

ChartView zoomedY(const ChartView& view, double factor, double at) {
  ChartView next = view;
  if (!view.log_y) {
    zoom(&next.y_low, &next.y_high, factor, at);
    return next;
  }
  double low = std::log10(view.y_low), high = std::log10(view.y_high);
  zoom(&low, &high, factor, std::log10(std::max(at, view.y_low)));
  next.y_low = std::pow(10, low);
  next.y_high = std::pow(10, high);
  return next;
}

ChartView panned(const PlotMap& map, double right, double down) {
  const QRectF& rect = map.rect();
  return boxed(map, rect.translated(-right, -down));
}

ChartView boxed(const PlotMap& map, const QRectF& box) {
  ChartView view = map.view();
  view.x_low = map.xAt(box.left());
  view.x_high = map.xAt(box.right());
  view.y_low = map.yAt(box.bottom());
  view.y_high = map.yAt(box.top());
  return view;
}

ChartView kept(ChartView view, const ChartView& all, double least_x_span) {
  const double whole = all.x_high - all.x_low;
  const double size = std::max(std::abs(view.x_low), std::abs(view.x_high));
  const double span = std::clamp(view.x_high - view.x_low,
                                 std::max(std::min(least_x_span, whole), size * kLeastShare),
                                 std::max(2 * whole, least_x_span));
  const double center = std::clamp((view.x_low + view.x_high) / 2, all.x_low, all.x_high);
  view.x_low = center - span / 2;
  view.x_high = center + span / 2;
  const double height = std::max(std::abs(view.y_low), std::abs(view.y_high));
  if (!(view.y_high - view.y_low > height * kLeastShare) || !std::isfinite(height) ||
      (view.log_y && !(view.y_low > 0))) {
    view.y_low = all.y_low;
    view.y_high = all.y_high;
  }
  return view;
}

}  // namespace lab::gui
