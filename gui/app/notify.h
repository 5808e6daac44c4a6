#pragma once

// A notification of the desktop (org.freedesktop.Notifications). Without such a service nothing
// happens. GUI thread; never waits.

#include <QString>

namespace lab::gui {

void notify(const QString& title, const QString& text);

}  // namespace lab::gui
