#pragma once

// Principal components of the stream as dots: which are shown, and what their colour says. Pure.

#include <QString>
#include <vector>

#include "proto/client/inspection.h"

namespace lab::gui {

enum class PcaColour { kPosition, kPoint, kToken };

struct PcaWish {
  bool joint = true;  // one space for all points, or each point in its own
  int point = -1;     // −1: all (joint only)
  int x = 0, y = 1;   // components
  PcaColour colour = PcaColour::kPosition;
};

struct PcaDot {
  double x = 0, y = 0;
  int point = 0;         // place on the axis of points
  int64_t position = 0;  // of the token
  double place = 0;      // 0 … 1 along what the colour follows
  int group = -1;        // with kToken: which of `groups`; −1: of none
};

struct PcaDots {
  std::vector<PcaDot> dots;
  double x_share = 0, y_share = 0;  // of the variance
  int components = 0;               // that there are
  int64_t left_out = 0;             // tokens that would have been too many dots
  std::vector<std::string> groups;  // tokens that come more than once, the most frequent first
};

// At most this many: what lies between them is left out evenly, by token.
inline constexpr int64_t kMostDots = 3000;
// Series colours that groups have.
inline constexpr size_t kMostGroups = 6;

// Of an answer to "pca". A component that there is not is 0 for all.
PcaDots pcaDotsOf(const Inspection& look, const PcaWish& wish);

}  // namespace lab::gui
