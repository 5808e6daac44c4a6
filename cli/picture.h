#pragma once

// Pictures of what a model holds inside. The desktop draws them: lab-gui runs without a window.

#include <string>
#include <vector>

#include "cli/context.h"
#include "core/base/status.h"

namespace lab::cli {

struct PictureOrder {
  std::string file;  // a .png
  std::string reference, view, text;
  std::vector<std::string> options;  // of lab-gui, as they are: "--layers=0,3"
};

// FAILED_PRECONDITION if there is no lab-gui; INVALID_ARGUMENT and UNKNOWN have its words.
absl::Status DrawPicture(Context& context, const PictureOrder& order);

}  // namespace lab::cli
