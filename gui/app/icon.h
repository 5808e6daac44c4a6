#pragma once

// The program's icon, drawn from packaging/desktop/lab-gui.svg. GUI thread, after Theme was made.

#include <QIcon>

namespace lab::gui {

QIcon windowIcon();

}  // namespace lab::gui
