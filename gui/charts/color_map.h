#pragma once

// From numbers to colours: from the card's colour to the accent for what is never negative, with a
// square-root, an even or a logarithmic scale; from bad over the card's colour to the accent around
// zero. Pure.

#include <QColor>
#include <QRgb>
#include <QString>
#include <array>

namespace lab::gui {

struct Tokens;

class ColorMap {
 public:
  enum class Kind { kSquareRoot, kEven, kAroundZero, kLogarithm };

  // Values from `low` to `high`; of kAroundZero from -high to high, of kLogarithm over four decades
  // up to high. Requires: finite, low <= high.
  ColorMap(Kind kind, double low, double high, const Tokens& tokens);
  ColorMap() = default;

  QRgb colorOf(float value) const;
  // The colour of what is not finite.
  QRgb gap() const { return gap_; }
  Kind kind() const { return kind_; }
  double low() const { return low_; }
  double high() const { return high_; }
  // The value at this share of the way from low to high, evenly or by the logarithm.
  double valueAt(double share) const;
  // What the legend says of the scale: "square-root scale"; "" for an even one.
  QString scaleText() const;

 private:
  Kind kind_ = Kind::kEven;
  double low_ = 0, high_ = 1;
  float scale_ = 1;
  std::array<QRgb, 257> table_{};
  QRgb gap_ = 0;
};

}  // namespace lab::gui
