#pragma once

// How the desktop speaks of attention. Pure but for what it is given.

#include <QString>
#include <QStringList>

#include "gui/models/attention.h"

namespace lab::gui {

// Repeats itself, so that every kind of head has something to do.
inline constexpr char kDefaultText[] = "the red fox saw a bird. the red fox saw a bird.";

// Tokens on one line each, what breaks a line made visible.
QStringList tokenLabels(const AttentionData& data);
// "Layer 3, head 5", "Layer 3, mean of 8 heads".
QString headTitle(HeadId id, int heads);
// Of the page's choice: shown, hidden, renormalised, and shown in logarithmic colours.
inline constexpr int kLogarithmicChoice = 3;
Sink sinkOf(int choice);
bool isLog(int choice);
// Whether a text is so long that its shares are spread too thin for an even scale.
bool wantsLog(int length);
// Why two are not compared; "" if they are, or while one is read.
QString besideTrouble(const Attention& now, const Attention& other);
// "2 layers × 4 heads · 26 tokens · computed in 0.4 s", or what is on its way.
QString attentionFacts(const Attention& now, const Attention& other, bool compares);

}  // namespace lab::gui
