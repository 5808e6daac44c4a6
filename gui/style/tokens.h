#pragma once

// The desktop's colours, spacing and type sizes: the only place where they are numbers. Values
// only; any thread.

#include <QColor>
#include <array>

class QWidget;

namespace lab::gui {

// One theme's colours.
struct Tokens {
  bool dark;
  QColor background, sidebar, card;
  QColor line, grid;
  QColor text, dim, faint;  // faint only for what may be missed
  QColor accent, accent_ground;
  QColor good, warning, bad;
  std::array<QColor, 6> series;  // told apart by colour-blind people; used in this order
};

const Tokens& lightTokens();
const Tokens& darkTokens();
// Those of the theme that `widget` is shown in.
const Tokens& tokensOf(const QWidget* widget);

// `color` with this share of opacity, 0..1.
QColor faded(QColor color, double opacity);
// The colour between two: 0 is `from`, 1 is `to`.
QColor mixed(const QColor& from, const QColor& to, double share);

// Pixels.
namespace space {
inline constexpr int kHair = 1;
inline constexpr int kTiny = 4;
inline constexpr int kSmall = 8;
inline constexpr int kGap = 12;  // between cards
inline constexpr int kPadding = 16;
inline constexpr int kWide = 20;  // around a page
inline constexpr int kSidebar = 196;
inline constexpr int kSidebarRow = 29;
inline constexpr int kControl = 28;  // least height of what is clicked
inline constexpr int kRadius = 8;
inline constexpr int kControlRadius = 6;
}  // namespace space

namespace type {
inline constexpr int kTitle = 20;
inline constexpr int kValue = 20;
inline constexpr int kCardTitle = 14;
inline constexpr int kBody = 13;
inline constexpr int kRow = 12;
inline constexpr int kCaption = 11;
}  // namespace type

inline constexpr double kBandOpacity = 0.18;

}  // namespace lab::gui
