#pragma once

// Draws a window's page into a PNG once its data has arrived, for --screenshot. GUI thread.

#include <QString>

namespace lab::gui {

class MainWindow;

// Runs the event loop until then, at most 15 s. The exit status: 0, or 1 if the page shows an
// error, did not settle, or the file cannot be written (said on stderr).
int takeScreenshot(MainWindow* window, const QString& file);

}  // namespace lab::gui
