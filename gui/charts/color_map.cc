#include "gui/charts/color_map.h"

#include <QObject>
#include <algorithm>
#include <cmath>

#include "gui/style/tokens.h"

namespace lab::gui {

ColorMap::ColorMap(Kind kind, double low, double high, const Tokens& tokens)
    : kind_(kind),
      low_(kind == Kind::kAroundZero ? -std::max(std::abs(low), std::abs(high)) : low),
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
  float share = std::clamp((value - static_cast<float>(low_)) * scale_, 0.0F, 1.0F);
  if (kind_ == Kind::kSquareRoot) share = std::sqrt(share);
  return table_[static_cast<size_t>(share * 256 + 0.5F)];
}

QString ColorMap::scaleText() const {
  return kind_ == Kind::kSquareRoot ? QObject::tr("square-root scale") : QString();
}

}  // namespace lab::gui
