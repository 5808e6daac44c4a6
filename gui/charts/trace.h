#pragma once

// The line that a curve is on the screen, and two ways to draw it: stroked, for a few lines that
// are to be beautiful, and filled column by column, for dense data and for hundreds of lines.
// GUI thread.

#include <QImage>
#include <QPainter>
#include <QPointF>
#include <QPolygonF>
#include <vector>

#include "gui/charts/axes.h"
#include "gui/charts/curve_data.h"
#include "gui/charts/decimate.h"

namespace lab::gui {

struct Trace {
  std::vector<QPolygonF> lines;  // in pixels, x ascending; broken where values are not finite
  // Where values are not finite: from, to in pixels.
  std::vector<std::pair<double, double>> gaps;
  bool dense = false;  // more points than columns: a line up and down in each of them

  bool empty() const { return lines.empty() && gaps.empty(); }
};

// The part of a curve that `map` shows, and one point beyond at each side. `smooth` draws the
// smoothed values at the last point of each column. `columns` are columnsOf the same.
std::vector<CurveColumn> columnsOf(const CurveData& data, const PlotMap& map);
Trace traceOf(const CurveData& data, const PlotMap& map, const std::vector<CurveColumn>& columns,
              bool smooth);

// With `painter` antialiasing; a single point is a dot.
void strokeTrace(QPainter* painter, const Trace& trace, const QPen& pen);

// Onto an image of premultiplied ARGB, within `clip`, in the image's own pixels.
void fillTrace(QImage* image, const QRect& clip, const Trace& trace, double width,
               const QColor& color);

// Says where values are not finite: a bar along the bottom of `rect`.
void drawGaps(QPainter* painter, const Trace& trace, const QRectF& rect, const QColor& color);

}  // namespace lab::gui
