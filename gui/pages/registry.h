#pragma once

// The table of pages, in the order of the sidebar. A new page is one row here. GUI thread.

#include <vector>

#include "gui/pages/page.h"

namespace lab::gui {

// Where a page's entry stands.
enum class Place {
  kLab,
  kTrain,
  kLookInside,
  kLibrary,
  kFoot,  // the small links at the sidebar's foot
};

struct PageRow {
  const char* id;     // of --page and of routes
  const char* title;  // in the sidebar
  Place place;
  Page* (*make)(Lab* lab);
};

const std::vector<PageRow>& pageRows();
// The heading over a place's pages; "" at the foot.
const char* headingOf(Place place);

}  // namespace lab::gui
