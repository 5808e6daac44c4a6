#pragma once

// What a plot says besides its curves: marks, the floor, and what it does not show. GUI thread.

#include "gui/charts/auto_range.h"
#include "gui/charts/axes.h"
#include "gui/charts/plot_scene.h"

class QPainter;

namespace lab::gui {

// A green dashed line with its words at the right end.
void drawFloor(QPainter* painter, const PlotMap& map, const PlotScene& scene, const Tokens& tokens);
// Dotted verticals; words that have no room in two rows are left out.
void drawMarks(QPainter* painter, const PlotMap& map, const PlotScene& scene, const Tokens& tokens);
// Below the plot, opposite to the name of its axis; nothing if all is shown.
void drawOutside(QPainter* painter, const PlotMap& map, const Outside& outside, bool clipped,
                 const Tokens& tokens);

}  // namespace lab::gui
