#pragma once

// Zooming and panning, as functions from one view to the next. Pure.

#include <QRectF>

#include "gui/charts/axes.h"

namespace lab::gui {

// `factor` < 1 shows less; `at` is the value that stays where it is.
ChartView zoomedX(const ChartView& view, double factor, double at);
ChartView zoomedY(const ChartView& view, double factor, double at);
// By so many pixels: what was under the pointer stays under it.
ChartView panned(const PlotMap& map, double right, double down);
// What a box of pixels encloses.
ChartView boxed(const PlotMap& map, const QRectF& box);
// Not narrower than can be told apart, not wider than twice `all` and never beside it.
ChartView kept(ChartView view, const ChartView& all, double least_x_span);

}  // namespace lab::gui
