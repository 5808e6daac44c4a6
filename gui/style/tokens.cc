#include "gui/style/tokens.h"

#include <QPalette>
#include <QWidget>

namespace lab::gui {

const Tokens& lightTokens() {
  static const Tokens kTokens = {
      .dark = false,
      .background = QColor(0xF6, 0xF6, 0xF3),
      .sidebar = QColor(0xEF, 0xEF, 0xEB),
      .card = QColor(0xFF, 0xFF, 0xFF),
      .line = QColor(0xE3, 0xE3, 0xDE),
      .grid = QColor(0xED, 0xED, 0xE9),
      .text = QColor(0x1D, 0x1F, 0x21),
      .dim = QColor(0x6A, 0x6E, 0x73),
      .faint = QColor(0x9C, 0xA0, 0xA5),
      .accent = QColor(0x2B, 0x59, 0xC3),
      .accent_ground = QColor(0xE6, 0xEC, 0xFA),
      .good = QColor(0x1B, 0x7F, 0x5C),
      .warning = QColor(0xB2, 0x6A, 0x00),
      .bad = QColor(0xB3, 0x36, 0x2B),
      .series = {QColor(0x2B, 0x59, 0xC3), QColor(0xD1, 0x66, 0x0A), QColor(0x16, 0x86, 0x6A),
                 QColor(0xA6, 0x3D, 0x8F), QColor(0x7A, 0x6A, 0x00), QColor(0x37, 0x97, 0xC9)},
  };
  return kTokens;
}

const Tokens& darkTokens() {
  static const Tokens kTokens = {
      .dark = true,
      .background = QColor(0x15, 0x17, 0x1A),
      .sidebar = QColor(0x11, 0x13, 0x16),
      .card = QColor(0x1C, 0x1F, 0x23),
      .line = QColor(0x2B, 0x2F, 0x35),
      .grid = QColor(0x25, 0x29, 0x2E),
      .text = QColor(0xE7, 0xE9, 0xEB),
      .dim = QColor(0x9A, 0xA0, 0xA7),
      .faint = QColor(0x6B, 0x71, 0x78),
      .accent = QColor(0x7F, 0xA2, 0xFF),
      .accent_ground = QColor(0x22, 0x30, 0x4F),
      .good = QColor(0x4C, 0xC2, 0x9B),
      .warning = QColor(0xE0, 0xA4, 0x58),
      .bad = QColor(0xEF, 0x7B, 0x6E),
      .series = {QColor(0x7F, 0xA2, 0xFF), QColor(0xF2, 0xA2, 0x5C), QColor(0x57, 0xC9, 0xA8),
                 QColor(0xDE, 0x8C, 0xCB), QColor(0xCD, 0xBB, 0x4A), QColor(0x79, 0xC6, 0xEE)},
  };
  return kTokens;
}

const Tokens& tokensOf(const QWidget* widget) {
  return widget->palette().color(QPalette::Window).lightness() < 128 ? darkTokens() : lightTokens();
}

QColor faded(QColor color, double opacity) {
  color.setAlphaF(static_cast<float>(opacity));
  return color;
}

QColor mixed(const QColor& from, const QColor& to, double share) {
  auto between = [share](int a, int b) { return static_cast<int>(a + (b - a) * share + 0.5); };
  return QColor(between(from.red(), to.red()), between(from.green(), to.green()),
                between(from.blue(), to.blue()), between(from.alpha(), to.alpha()));
}

}  // namespace lab::gui
