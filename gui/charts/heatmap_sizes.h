#pragma once

// Pixels of a heat map that its layout and its drawing share. Values only.

namespace lab::gui::heat {

inline constexpr double kMostLabel = 72;  // of a row's or column's name
inline constexpr double kLegendWidth = 96, kLegendHeight = 6;

}  // namespace lab::gui::heat
