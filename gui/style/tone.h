#pragma once

// How good or bad something is, and the colour that says so. Values only; any thread.

#include <QColor>
#include <QString>

namespace lab::gui {

struct Tokens;

enum class Tone { kPlain, kAccent, kGood, kWarning, kBad };

// As the style sheet calls it: "good".
QString toneName(Tone tone);
// Of words and lines.
QColor inkOf(Tone tone, const Tokens& tokens);

}  // namespace lab::gui
