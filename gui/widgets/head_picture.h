#pragma once

// One head, perhaps beside another model's, as it is shown large. Pure.

#include <memory>

#include "gui/models/attention.h"
#include "gui/widgets/head_view.h"

namespace lab::gui {

struct HeadPictureSettings {
  QString title;
  std::vector<Fact> facts;
  Sink sink = Sink::kShow;
  bool log = false;   // logarithmic colours
  bool both = false;  // of two models both patterns, not their difference
};

// `other` and `other_map` may be null.
HeadPicture headPictureOf(const AttentionData& data, std::shared_ptr<const AttentionMap> map,
                          const AttentionData* other, std::shared_ptr<const AttentionMap> other_map,
                          const HeadPictureSettings& settings);

}  // namespace lab::gui
