#pragma once

// What the pages share: the tie to one labd and the models that several of them show. Another labd
// is another Lab. GUI thread.

#include "gui/models/catalog.h"
#include "gui/models/checkpoint_store.h"
#include "gui/models/color_book.h"
#include "gui/models/job_actions.h"
#include "gui/models/job_store.h"
#include "gui/models/preferences.h"
#include "gui/models/run_book.h"
#include "gui/session/lab_session.h"

namespace lab::gui {

class Theme;

struct Lab {
  // Of the window; null where there is none. Owned by main.
  Theme* theme = nullptr;
  LabSession session;
  JobStore jobs{&session};
  RunBook runs{&session, &jobs};
  CatalogModel catalog{&session};
  JobActions actions{&session, &jobs};
  CheckpointStore checkpoints{&session, &jobs};
  ColorBook colors;
  Preferences preferences;
};

}  // namespace lab::gui
