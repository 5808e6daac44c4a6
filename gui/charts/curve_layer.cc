#include "gui/charts/curve_layer.h"

#include <QElapsedTimer>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/charts/trace.h"
#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr double kMainWidth = 2, kRawWidth = 1, kManyWidth = 1.25;
constexpr size_t kAllLive = 4;  // no more curves than this are drawn anew each time
constexpr size_t kMany = 12;    // from here on lines are thin
constexpr double kRawOpacity = 0.38, kPaleOpacity = 0.25;
constexpr size_t kMostStroked = 400;  // points of a line that is stroked: it takes its time

bool contains(const std::vector<CurveId>& ids, CurveId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// `rect` times `ratio`, in whole pixels.
QRect devicePixels(const QRectF& rect, double ratio) {
  return QRectF(rect.topLeft() * ratio, rect.size() * ratio).toAlignedRect();
}

// Where an image of the plot's pixels goes.
QRectF placeOf(const PlotMap& map, double ratio) {
  const QRectF pixels(devicePixels(map.rect(), ratio));
  return QRectF(pixels.topLeft() / ratio, pixels.size() / ratio);
}

// The same map with every pixel `ratio` pixels wide, from 0, 0.
PlotMap deviceMap(const PlotMap& map, double ratio) {
  return PlotMap(map.view(), QRectF(QPointF(0, 0), devicePixels(map.rect(), ratio).size()));
}

QPen penOf(const CurveStyle& style, double width) {
  QPen pen(style.color, width, style.dashed ? Qt::CustomDashLine : Qt::SolidLine, Qt::FlatCap,
           Qt::BevelJoin);
  if (style.dashed) pen.setDashPattern({4, 3});
  return pen;
}

size_t pointsOf(const Trace& trace) {
  size_t count = 0;
  for (const QPolygonF& line : trace.lines) count += static_cast<size_t>(line.size());
  return count;
}

// One curve alone on an image of the plot: raw pale under smoothed, or raw as it is.
void drawCurve(QImage* image, const PlotMap& map, const PlotCurve& curve, double ratio, bool many,
               const Tokens& tokens) {
  const QRect clip = image->rect();
  const bool smooth = curve.data.smooth();
  const std::vector<CurveColumn> columns = columnsOf(curve.data, map);
  Trace raw;
  if (!(many && smooth)) raw = traceOf(curve.data, map, columns, false);
  if (smooth && !many) {
    fillTrace(image, clip, raw, kRawWidth * ratio, faded(curve.style.color, kRawOpacity));
  }
  const Trace line = smooth ? traceOf(curve.data, map, columns, true) : std::move(raw);
  const double width = (many ? kManyWidth : kMainWidth) * ratio;
  // Among many one line need not be beautiful; a dense one cannot be.
  const bool filled =
      many || (!curve.style.dashed && ((line.dense && !smooth) || pointsOf(line) > kMostStroked));
  if (filled) {
    // A line that goes up and down in each column is thick enough.
    fillTrace(image, clip, line, line.dense && !smooth ? std::min(width, 1.5 * ratio) : width,
              curve.style.color);
  }
  QPainter painter(image);
  painter.setRenderHint(QPainter::Antialiasing);
  if (!filled) strokeTrace(&painter, line, penOf(curve.style, width));
  drawGaps(&painter, line, map.rect(), tokens.bad);
}

void drawBand(QPainter* painter, const PlotMap& map, const PlotCurve& curve) {
  const Band& band = curve.band;
  painter->setPen(Qt::NoPen);
  painter->setBrush(faded(curve.style.color, kBandOpacity));
  QPolygonF upper, lower;
  auto flush = [&] {
    std::reverse(lower.begin(), lower.end());
    painter->drawPolygon(upper + lower);
    upper.clear();
    lower.clear();
  };
  const ChartView& view = map.view();
  for (size_t i = 0; i < band.x.size(); ++i) {
    const bool before = i + 1 < band.x.size() && band.x[i + 1] < view.x_low;
    const bool beyond = i > 0 && band.x[i - 1] > view.x_high;
    if (before || beyond) continue;
    if (!std::isfinite(band.low[i]) || !std::isfinite(band.high[i])) {
      flush();
      continue;
    }
    const double x = map.toX(band.x[i]);
    const double top = map.toY(band.high[i]), bottom = map.toY(band.low[i]);
    if (upper.size() > 1 && std::floor(x) == std::floor(upper.back().x())) {
      // The same column: the outermost of both.
      upper.back().setY(std::min(upper.back().y(), top));
      lower.back().setY(std::max(lower.back().y(), bottom));
      continue;
    }
    upper.append(QPointF(x, top));
    lower.append(QPointF(x, bottom));
  }
  flush();
}

}  // namespace

bool CurveLayer::Picture::shows(const Picture& other) const {
  return view == other.view && size == other.size && ratio == other.ratio && ids == other.ids &&
         revision == other.revision;
}

bool CurveLayer::draw(QPainter* painter, const PlotMap& map, const PlotScene& scene,
                      const std::vector<CurveId>& live, double ratio, const Tokens& tokens) {
  painter->save();
  painter->setClipRect(map.rect());
  painter->setRenderHint(QPainter::Antialiasing);
  for (const PlotCurve& curve : scene.curves) {
    if (!curve.band.x.empty()) drawBand(painter, map, curve);
  }
  const bool all_live = scene.curves.size() <= kAllLive;
  std::vector<CurveId> still;
  for (const PlotCurve& curve : scene.curves) {
    const bool moves = all_live || contains(live, curve.id) || !curve.band.x.empty();
    if (!moves) still.push_back(curve.id);
  }
  const bool complete = refreshStill(map, scene, still, ratio, tokens);
  painter->setOpacity(scene.highlight && !all_live ? kPaleOpacity : 1);
  if (!still.empty()) drawStill(painter, map);
  painter->setOpacity(1);

  if (still.size() < scene.curves.size() || scene.highlight) {
    drawLive(map, scene, still, ratio, tokens);
    painter->drawImage(placeOf(map, ratio), live_);
  }
  painter->restore();
  return complete;
}

void CurveLayer::drawLive(const PlotMap& map, const PlotScene& scene,
                          const std::vector<CurveId>& still, double ratio, const Tokens& tokens) {
  const PlotMap device = deviceMap(map, ratio);
  const QSize size = device.rect().size().toSize();
  if (live_.size() != size) live_ = QImage(size, QImage::Format_ARGB32_Premultiplied);
  live_.fill(Qt::transparent);
  const bool many = scene.curves.size() >= kMany;
  const PlotCurve* last = nullptr;  // above the others
  for (const PlotCurve& curve : scene.curves) {
    if (scene.highlight == curve.id) {
      last = &curve;
    } else if (!contains(still, curve.id)) {
      drawCurve(&live_, device, curve, ratio, many, tokens);
    }
  }
  if (last != nullptr) drawCurve(&live_, device, *last, ratio, false, tokens);
}

// True if `shown_` is what is wanted.
bool CurveLayer::refreshStill(const PlotMap& map, const PlotScene& scene,
                              std::vector<CurveId> still, double ratio, const Tokens& tokens) {
  const PlotMap device = deviceMap(map, ratio);
  Picture wanted{.view = map.view(),
                 .size = device.rect().size().toSize(),
                 .ratio = ratio,
                 .ids = std::move(still),
                 .revision = revision_};
  if (shown_.complete() && shown_.shows(wanted)) return true;
  // What is begun is finished, or a view that moves on and on would never be drawn. Unless it holds
  // something else than the view.
  const bool goes_on = !pending_.complete() && pending_.revision == wanted.revision &&
                       pending_.size == wanted.size && pending_.ids == wanted.ids &&
                       pending_.view.log_y == wanted.view.log_y;
  if (!goes_on) {
    pending_ = wanted;
    pending_.image = QImage(wanted.size, QImage::Format_ARGB32_Premultiplied);
    pending_.image.fill(Qt::transparent);
  }
  const PlotMap pending_map(pending_.view, QRectF(QPointF(0, 0), pending_.size));
  const bool many = scene.curves.size() >= kMany;
  QElapsedTimer since;
  since.start();
  while (!pending_.complete()) {
    const PlotCurve* curve = scene.find(pending_.ids[pending_.done++]);
    if (curve != nullptr) drawCurve(&pending_.image, pending_map, *curve, ratio, many, tokens);
    if (static_cast<double>(since.nsecsElapsed()) > budget_ms_ * 1e6) break;
  }
  if (!pending_.complete()) return false;
  shown_ = std::move(pending_);
  pending_ = {};
  return shown_.shows(wanted);
}

// The kept picture where its view lies in the view of today.
void CurveLayer::drawStill(QPainter* painter, const PlotMap& map) const {
  const bool fits = shown_.image.size() == shown_.size && !shown_.image.isNull() &&
                    shown_.view.log_y == map.view().log_y;
  const Picture& picture = fits ? shown_ : pending_;
  if (picture.image.isNull() || picture.view.log_y != map.view().log_y) return;
  if (picture.view == map.view()) {
    painter->drawImage(placeOf(map, picture.ratio), picture.image);
    return;
  }
  const QPointF top_left(map.toX(picture.view.x_low), map.toY(picture.view.y_high));
  const QPointF bottom_right(map.toX(picture.view.x_high), map.toY(picture.view.y_low));
  painter->drawImage(QRectF(top_left, bottom_right), picture.image);
}

}  // namespace lab::gui
