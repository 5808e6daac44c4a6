#pragma once

// What the pages share: the tie to labd and the models that several of them show. GUI thread.

#include "gui/models/catalog.h"
#include "gui/models/job_actions.h"
#include "gui/models/job_store.h"
#include "gui/session/lab_session.h"

namespace lab::gui {

struct Lab {
  LabSession session;
  JobStore jobs{&session};
  CatalogModel catalog{&session};
  JobActions actions{&session, &jobs};
};

}  // namespace lab::gui
