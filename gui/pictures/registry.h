#pragma once

// The table of views that can be drawn without a window. A new one: a row.

#include <memory>
#include <vector>

#include "gui/models/lab.h"
#include "gui/pictures/drawing.h"

namespace lab::gui {

struct PictureRow {
  const char* id;  // as labctl inspect calls it
  const char* title;
  // INVALID_ARGUMENT for a wish that it cannot fulfil.
  absl::StatusOr<std::unique_ptr<Drawing>> (*make)(Lab* lab, const PictureWish& wish);
};

const std::vector<PictureRow>& pictureRows();
// INVALID_ARGUMENT names those that there are.
absl::StatusOr<const PictureRow*> findPicture(const QString& id);

}  // namespace lab::gui
