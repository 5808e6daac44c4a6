#pragma once

// Charts as PNG files, at twice their size on the screen. GUI thread.

#include <QImage>
#include <QString>

#include "core/base/status.h"

class QWidget;

namespace lab::gui {

inline constexpr double kPictureRatio = 2;

// An empty picture for all of `widget`, in the colour of its card.
QImage blankPicture(const QWidget* widget);
// UNAVAILABLE with the path if it cannot be written.
absl::Status savePicture(const QImage& picture, const QString& path);
// `widget` as it is drawn now.
absl::Status savePicture(QWidget* widget, const QString& path);

}  // namespace lab::gui
