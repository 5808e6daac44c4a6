#include "gui/charts/trace.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lab::gui {
namespace {

constexpr size_t kDrawnOneByOne = 4;  // a column's points, if it has no more
constexpr double kDot = 2.5;          // radius of a single point, in widths of the line
constexpr double kMostThicker = 2.2;
constexpr double kGapHeight = 3;

// Collects the points of a trace.
class Tracer {
 public:
  Tracer(const CurveData& data, const PlotMap& map, bool smooth)
      : data_(data), map_(map), smooth_(smooth && data.smooth()) {}

  void point(size_t i) {
    const double value = smooth_ ? data_.smoothed(i) : data_.y(i);
    const double x = map_.toX(data_.x(i));
    if (!std::isfinite(value)) {
      breakLine();
      gap(x - 1, x + 1);
      return;
    }
    add(x, value);
  }

  // `left` is the column's edge in pixels.
  void column(const CurveColumn& column, double left) {
    if (column.end - column.first <= kDrawnOneByOne) {
      for (size_t i = column.first; i < column.end; ++i) point(i);
      return;
    }
    if (column.gaps > 0) gap(left, left + 1);
    if (std::isnan(column.low)) {
      breakLine();
      return;
    }
    trace_.dense = true;
    if (smooth_) {
      size_t last = column.end - 1;
      while (!std::isfinite(data_.y(last))) --last;
      add(map_.toX(data_.x(last)), data_.smoothed(last));
      return;
    }
    const bool low_first = column.enter - column.low < column.high - column.enter;
    add(left + 0.25, column.enter);
    add(left + 0.5, low_first ? column.low : column.high);
    add(left + 0.5, low_first ? column.high : column.low);
    add(left + 0.75, column.leave);
  }

  Trace take() {
    breakLine();
    return std::move(trace_);
  }

 private:
  void add(double x, double value) { line_.append(QPointF(x, map_.toY(value))); }

  void breakLine() {
    if (!line_.isEmpty()) trace_.lines.push_back(std::move(line_));
    line_ = {};
  }

  void gap(double from, double to) {
    if (!trace_.gaps.empty() && from <= trace_.gaps.back().second + 1) {
      trace_.gaps.back().second = to;
    } else {
      trace_.gaps.emplace_back(from, to);
    }
  }

  const CurveData& data_;
  const PlotMap& map_;
  bool smooth_;
  QPolygonF line_;
  Trace trace_;
};

// How much of each column of pixels a line covers.
struct Spans {
  explicit Spans(const QRect& clip)
      : left(clip.left()),
        top(clip.width(), std::numeric_limits<float>::infinity()),
        bottom(clip.width(), -std::numeric_limits<float>::infinity()),
        half(clip.width(), 0) {}

  void cover(int column, double from, double to, double thickness) {
    const int i = column - left;
    if (i < 0 || i >= static_cast<int>(top.size())) return;
    top[i] = std::min(top[i], static_cast<float>(std::min(from, to)));
    bottom[i] = std::max(bottom[i], static_cast<float>(std::max(from, to)));
    half[i] = std::max(half[i], static_cast<float>(thickness / 2));
  }

  // A straight piece: in each column what it passes there.
  void segment(QPointF a, QPointF b, double width) {
    const double run = b.x() - a.x();
    const double slope = run > 0 ? (b.y() - a.y()) / run : 0;
    // As thick across as a level line: a slanted one is thicker down, less what it covers anyway
    // because a column is as wide as a pixel. A spike's end stays where it is.
    const double thickness =
        std::min(width * std::sqrt(1 + slope * slope) - std::abs(slope), kMostThicker * width);
    const int first = std::max(static_cast<int>(std::floor(a.x())), left);
    const int last =
        std::min(static_cast<int>(std::floor(b.x())), left + static_cast<int>(top.size()) - 1);
    for (int column = first; column <= last; ++column) {
      const double from = std::max(a.x(), static_cast<double>(column));
      const double to = std::min(b.x(), column + 1.0);
      cover(column, run > 0 ? a.y() + slope * (from - a.x()) : a.y(),
            run > 0 ? a.y() + slope * (to - a.x()) : b.y(), std::max(thickness, 0.5));
    }
  }

  int left;
  std::vector<float> top, bottom, half;
};

// `source` with this share (0..256) over a premultiplied pixel.
QRgb blended(QRgb under, QRgb source, unsigned share) {
  auto part = [share](QRgb pixel, int shift) { return ((pixel >> shift) & 0xFF) * share / 256; };
  const unsigned keep = 255 - part(source, 24);
  auto mixed = [&](int shift) {
    return (part(source, shift) + ((under >> shift) & 0xFF) * keep / 255) << shift;
  };
  return mixed(24) | mixed(16) | mixed(8) | mixed(0);
}

void fillSpans(QImage* image, const QRect& clip, const Spans& spans, QRgb source) {
  const auto stride = image->bytesPerLine() / static_cast<qsizetype>(sizeof(QRgb));
  auto* pixels = reinterpret_cast<QRgb*>(image->bits());
  for (size_t i = 0; i < spans.top.size(); ++i) {
    if (spans.top[i] > spans.bottom[i]) continue;
    const float from = std::max(spans.top[i] - spans.half[i], static_cast<float>(clip.top()));
    const float to = std::min(spans.bottom[i] + spans.half[i], clip.bottom() + 1.0F);
    if (from >= to) continue;
    const int first = static_cast<int>(from);
    const int last = std::min(static_cast<int>(to), clip.bottom());
    QRgb* pixel = pixels + first * stride + spans.left + static_cast<int>(i);
    for (int y = first; y <= last; ++y, pixel += stride) {
      const float share = std::min(to, y + 1.0F) - std::max(from, static_cast<float>(y));
      if (share > 0) *pixel = blended(*pixel, source, static_cast<unsigned>(share * 256));
    }
  }
}

}  // namespace

std::vector<CurveColumn> columnsOf(const CurveData& data, const PlotMap& map) {
  const ChartView& view = map.view();
  return decimate(data, view.x_low, view.x_high, std::max(1, static_cast<int>(map.rect().width())));
}

Trace traceOf(const CurveData& data, const PlotMap& map, const std::vector<CurveColumn>& columns,
              bool smooth) {
  if (data.size() == 0) return {};
  const double pitch = map.rect().width() / std::max(1, static_cast<int>(map.rect().width()));
  Tracer tracer(data, map, smooth);
  const size_t first = columns.empty() ? data.lowerBound(map.view().x_low) : columns.front().first;
  const size_t end = columns.empty() ? first : columns.back().end;
  if (first > 0) tracer.point(first - 1);
  for (const CurveColumn& column : columns) {
    tracer.column(column, map.rect().left() + column.pixel * pitch);
  }
  if (end < data.size()) tracer.point(end);
  return tracer.take();
}

void strokeTrace(QPainter* painter, const Trace& trace, const QPen& pen) {
  for (const QPolygonF& line : trace.lines) {
    if (line.size() == 1) {
      painter->setPen(Qt::NoPen);
      painter->setBrush(pen.color());
      const double radius = kDot * std::max(1.0, pen.widthF()) / 2;
      painter->drawEllipse(line.front(), radius, radius);
      continue;
    }
    painter->setPen(pen);
    painter->setBrush(Qt::NoBrush);
    painter->drawPolyline(line);
  }
}

void fillTrace(QImage* image, const QRect& clip, const Trace& trace, double width,
               const QColor& color) {
  const QRect inside = clip.intersected(image->rect());
  if (inside.isEmpty()) return;
  const QRgb source = qPremultiply(color.rgba());
  for (const QPolygonF& line : trace.lines) {
    Spans spans(inside);
    if (line.size() == 1) {
      const double radius = kDot * width / 2;
      spans.segment(line[0] - QPointF(radius, 0), line[0] + QPointF(radius, 0), 2 * radius);
    }
    for (qsizetype i = 1; i < line.size(); ++i) spans.segment(line[i - 1], line[i], width);
    fillSpans(image, inside, spans, source);
  }
}

void drawGaps(QPainter* painter, const Trace& trace, const QRectF& rect, const QColor& color) {
  for (const auto& [from, to] : trace.gaps) {
    const double left = std::max(from, rect.left()), right = std::min(to, rect.right());
    if (right <= left) continue;
    painter->fillRect(QRectF(left, rect.bottom() - kGapHeight, right - left, kGapHeight), color);
  }
}

}  // namespace lab::gui
