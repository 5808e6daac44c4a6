#include "gui/pages/registry.h"

#include "gui/pages/attention_page.h"
#include "gui/pages/checkpoints_page.h"
#include "gui/pages/compare_page.h"
#include "gui/pages/corpora_page.h"
#include "gui/pages/generate_page.h"
#include "gui/pages/home_page.h"
#include "gui/pages/jobs_page.h"
#include "gui/pages/pretrain_page.h"
#include "gui/pages/probing_page.h"
#include "gui/pages/settings_page.h"
#include "gui/pages/system_page.h"

namespace lab::gui {
namespace {

template <class P>
Page* make(Lab* lab) {
  return new P(lab);
}

}  // namespace

const std::vector<PageRow>& pageRows() {
  static const std::vector<PageRow> kRows = {
      {"home", "Home", Place::kLab, make<HomePage>},
      {"jobs", "Jobs", Place::kLab, make<JobsPage>},
      {"pretrain", "Pretrain", Place::kTrain, make<PretrainPage>},
      {"compare", "Compare", Place::kTrain, make<ComparePage>},
      {"generate", "Generate", Place::kLookInside, make<GeneratePage>},
      {"attention", "Attention", Place::kLookInside, make<AttentionPage>},
      {"probing", "Probing", Place::kLookInside, make<ProbingPage>},
      {"corpora", "Corpora", Place::kLibrary, make<CorporaPage>},
      {"checkpoints", "Checkpoints", Place::kLibrary, make<CheckpointsPage>},
      {"system", "System", Place::kFoot, make<SystemPage>},
      {"settings", "Settings", Place::kFoot, make<SettingsPage>},
  };
  return kRows;
}

const char* headingOf(Place place) {
  switch (place) {
    case Place::kLab:
      return "LAB";
    case Place::kTrain:
      return "TRAIN";
    case Place::kLookInside:
      return "LOOK INSIDE";
    case Place::kLibrary:
      return "LIBRARY";
    case Place::kFoot:
      break;
  }
  return "";
}

}  // namespace lab::gui
