#include "gui/charts/color_map.h"

#include <QObject>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"

namespace lab::gui {
namespace {

constexpr float kDecades = 4;  // of a logarithmic scale

double lowOf(ColorMap::Kind kind, double low, double high) {
  if (kind == ColorMap::Kind::kAroundZero) return -std::max(std::abs(low), std::abs(high));
  if (kind == ColorMap::Kind::kLogarithm) return high * std::pow(10, -kDecades);
  return low;
}

}  // namespace

ColorMap::ColorMap(Kind kind, double low, double high, const Tokens& tokens)
    : kind_(kind),
      low_(lowOf(kind, low, high)),
      high_(kind == Kind::kAroundZero ? -low_ : high),
      gap_(tokens.faint.rgb()) {
  scale_ = high_ > low_ ? static_cast<float>(1 / (high_ - low_)) : 0;
  for (size_t i = 0; i < table_.size(); ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(table_.size() - 1);
    if (kind != Kind::kAroundZero) {
      table_[i] = mixed(tokens.card, tokens.accent, share).rgb();
    } else if (share < 0.5) {
      table_[i] = mixed(tokens.card, tokens.bad, 1 - 2 * share).rgb();
    } else {
      table_[i] = mixed(tokens.card, tokens.accent, 2 * share - 1).rgb();
    }
  }
}

QRgb ColorMap::colorOf(float value) const {
  if (!std::isfinite(value)) return gap_;
  if (kind_ == Kind::kLogarithm) {
    if (!(value > 0) || !(low_ > 0)) return table_[0];
    const float decades = std::log10(value / static_cast<float>(low_));
    return table_[static_cast<size_t>(std::clamp(decades / kDecades, 0.0F, 1.0F) * 256 + 0.5F)];
  }
  float share = std::clamp((value - static_cast<float>(low_)) * scale_, 0.0F, 1.0F);
  if (kind_ == Kind::kSquareRoot) share = std::sqrt(share);
  return table_[static_cast<size_t>(share * 256 + 0.5F)];
}

double ColorMap::valueAt(double share) const {
  if (kind_ == Kind::kLogarithm) return low_ * std::pow(10, kDecades * share);
  return low_ + share * (high_ - low_);
}

QString ColorMap::scaleText() const {
  if (kind_ == Kind::kLogarithm) return QObject::tr("logarithmic scale");
  return kind_ == Kind::kSquareRoot ? QObject::tr("square-root scale") : QString();
}

}  // namespace lab::gui
