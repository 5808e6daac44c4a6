#include "gui/pictures/registry.h"

#include <QObject>

#include "core/base/strings.h"
#include "gui/models/words.h"
#include "gui/pictures/heads_drawing.h"
#include "gui/pictures/patterns_view.h"
#include "gui/pictures/probe_drawing.h"
#include "gui/pictures/training_drawing.h"
#include "gui/widgets/attribution_view.h"
#include "gui/widgets/cosines_view.h"
#include "gui/widgets/lens_view.h"
#include "gui/widgets/pca_view.h"
#include "gui/widgets/residual_view.h"

namespace lab::gui {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Drawing>>;

template <class View>
Made probed(Lab* lab, const PictureWish& wish) {
  return std::make_unique<ProbeDrawing>(lab, wish, new View);
}

template <bool centred>
Made cosines(Lab* lab, const PictureWish& wish) {
  auto* view = new CosinesView;
  view->setCentred(centred);
  return std::make_unique<ProbeDrawing>(lab, wish, view);
}

template <bool weighted>
Made patterns(Lab* lab, const PictureWish& wish) {
  return std::make_unique<ProbeDrawing>(lab, wish, new PatternsView(weighted));
}

Made attribution(Lab* lab, const PictureWish& wish) {
  if (wish.selection.positions_size() > 1) {
    return absl::InvalidArgumentError(
        "attribution takes the logit after one token apart: give one position");
  }
  return probed<AttributionView>(lab, wish);
}

Made heads(Lab* lab, const PictureWish& wish) {
  if (wish.selection.positions_size() > 0) {
    return absl::InvalidArgumentError(
        "the small maps of all heads show the whole text; the view attention takes positions");
  }
  return std::make_unique<HeadsDrawing>(lab, wish);
}

Made training(Lab* lab, const PictureWish& wish) {
  if (q(wish.reference).toLongLong() <= 0) {
    return absl::InvalidArgumentError("what is followed through training is a job, by its number");
  }
  const v1::InspectRequest& selection = wish.selection;
  if (selection.layers_size() + selection.heads_size() + selection.positions_size() > 0) {
    return absl::InvalidArgumentError(
        "the curves over training are of all heads and the whole text: leave layers, heads and "
        "positions out");
  }
  return std::make_unique<TrainingDrawing>(lab, wish);
}

}  // namespace

const std::vector<PictureRow>& pictureRows() {
  static const std::vector<PictureRow> kRows = {
      {"heads", QT_TRANSLATE_NOOP("Picture", "Attention heads"), heads},
      {"attention", QT_TRANSLATE_NOOP("Picture", "Attention"), patterns<false>},
      {"value_weighted", QT_TRANSLATE_NOOP("Picture", "Attention, weighted by values"),
       patterns<true>},
      {"residual", QT_TRANSLATE_NOOP("Picture", "Residual stream"), probed<ResidualView>},
      {"cosines", QT_TRANSLATE_NOOP("Picture", "Cosines"), cosines<false>},
      {"centred_cosines", QT_TRANSLATE_NOOP("Picture", "Cosines, mean removed"), cosines<true>},
      {"lens", QT_TRANSLATE_NOOP("Picture", "Logit lens"), probed<LensView>},
      {"attribution", QT_TRANSLATE_NOOP("Picture", "Logit attribution"), attribution},
      {"pca", QT_TRANSLATE_NOOP("Picture", "Principal components"), probed<PcaView>},
      {"training", QT_TRANSLATE_NOOP("Picture", "Over training"), training},
  };
  return kRows;
}

absl::StatusOr<const PictureRow*> findPicture(const QString& id) {
  std::string all;
  for (const PictureRow& row : pictureRows()) {
    if (id == QLatin1String(row.id)) return &row;
    all += StrCat(all.empty() ? "" : ", ", row.id);
  }
  return absl::InvalidArgumentError(
      StrCat("there is no picture of ", utf8(id), "; there are pictures of ", all,
             ". labctl inspect --out FILE.npz writes the numbers of everything"));
}

}  // namespace lab::gui
