#pragma once

// Draws one view into a PNG, for --picture. GUI thread.

#include <QImage>
#include <QSize>

#include "gui/models/lab.h"
#include "gui/pictures/drawing.h"

namespace lab::gui {

// Runs the event loop until what the view shows has come from labd, which `lab` is connected or
// connecting to. `size` is the least in pixels of the screen; empty: as much as the content takes.
// A failure is labd's, or says what about the wish is wrong.
absl::StatusOr<QImage> drawPicture(Lab* lab, const PictureWish& wish, QSize size);

// The same into a file, which is there whole or not at all.
absl::Status writePicture(Lab* lab, const PictureWish& wish, QSize size, const QString& file);

}  // namespace lab::gui
