#include "gui/style/tone.h"

#include "gui/style/tokens.h"

namespace lab::gui {

QString toneName(Tone tone) {
  switch (tone) {
    case Tone::kAccent:
      return QStringLiteral("accent");
    case Tone::kGood:
      return QStringLiteral("good");
    case Tone::kWarning:
      return QStringLiteral("warning");
    case Tone::kBad:
      return QStringLiteral("bad");
    case Tone::kPlain:
      break;
  }
  return QStringLiteral("plain");
}

QColor inkOf(Tone tone, const Tokens& tokens) {
  switch (tone) {
    case Tone::kAccent:
      return tokens.accent;
    case Tone::kGood:
      return tokens.good;
    case Tone::kWarning:
      return tokens.warning;
    case Tone::kBad:
      return tokens.bad;
    case Tone::kPlain:
      break;
  }
  return tokens.dim;
}

}  // namespace lab::gui
