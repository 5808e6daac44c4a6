#pragma once

// What the desktop was asked for on its command line.

#include <QSize>
#include <QString>
#include <QStringList>

#include "core/base/status.h"
#include "gui/pictures/drawing.h"
#include "gui/style/theme.h"

namespace lab::gui {

struct Options {
  QString host;  // "" for LAB_HOST, else this machine's own labd
  QString page;  // "" for where the window was left
  int64_t job = 0;
  std::optional<Theme::Mode> theme;
  QSize size;          // empty: as the window was left
  QString screenshot;  // a PNG to write instead of staying open
  QString picture;     // a PNG of one view to write instead of opening a window
  PictureWish wish;    // what it shows
  bool help = false, version = false;
};

// INVALID_ARGUMENT says what is wrong.
absl::StatusOr<Options> parseOptions(const QStringList& arguments);
QString helpText();

}  // namespace lab::gui
