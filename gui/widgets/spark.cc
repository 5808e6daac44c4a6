#include "gui/widgets/spark.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <limits>

#include "gui/style/tokens.h"

namespace lab::gui {

Spark::Spark(QWidget* parent) : QWidget(parent) { setFixedSize(sizeHint()); }

void Spark::setValues(std::vector<double> values) {
  values_ = std::move(values);
  update();
}

void Spark::setTone(Tone tone) {
  tone_ = tone;
  update();
}

void Spark::paintEvent(QPaintEvent*) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double value : values_) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high || values_.size() < 2) return;
  const double range = high > low ? high - low : 1;
  const Tokens& tokens = tokensOf(this);
  QPainterPath path;
  bool down = false;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (!std::isfinite(values_[i])) {
      down = false;
      continue;
    }
    const QPointF at(
        1 + (width() - 2.0) * static_cast<double>(i) / static_cast<double>(values_.size() - 1),
        height() - 3 - (height() - 6.0) * (values_[i] - low) / range);
    if (down) {
      path.lineTo(at);
    } else {
      path.moveTo(at);
    }
    down = true;
  }
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(inkOf(tone_, tokens), 1.5));
  painter.drawPath(path);
}

}  // namespace lab::gui
